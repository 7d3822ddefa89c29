"""What `manage.py doctor` looks at: each check a plain function that yields what is wrong and how to mend it."""
