"""`{{ value|cents }}` in templates."""

from django import template

from campaigns.money import shown

register = template.Library()
register.filter("cents", shown)
