"""The life of a content: proposed by one person, approved by another, kept as it was approved."""

import pytest
from django.db import IntegrityError, connection, transaction

from campaigns import versions, workflow
from campaigns.findings import ERROR, WARNING, Finding
from campaigns.models import Content, ContentComment, ContentVersion
from campaigns.workflow import WorkflowError
from tests import builders

pytestmark = pytest.mark.django_db
CHANGE, APPROVE = "campaigns.change_content", "campaigns.approve_content"
WARNED = Finding("email", "headline.text", WARNING, "long", "it is rather long")


@pytest.fixture
def editor():
    return builders.user(CHANGE)


@pytest.fixture
def approver():
    return builders.user(APPROVE)


@pytest.fixture
def draft() -> Content:
    return builders.content(is_approved=False)


@pytest.fixture
def proposed(draft, editor) -> Content:
    return workflow.submit(draft, editor)


@pytest.fixture
def checks(monkeypatch) -> list:
    """The checks that are asked, none at first."""
    asked: list = []
    monkeypatch.setattr(workflow, "CHECKS", asked)
    return asked


def state(content: Content) -> str:
    return Content.objects.get(pk=content.pk).state


class TestApproval:
    def test_makes_a_version_that_says_who_proposed_and_who_approved(self, proposed, editor, approver):
        version = workflow.approve(proposed, approver)
        assert (version.number, version.blocks) == (1, builders.BLOCKS)
        assert (version.submitted_by, version.approved_by) == (editor, approver)
        assert state(proposed) == "approved"

    def test_takes_a_second_person(self, draft):
        both = builders.user(CHANGE, APPROVE)
        workflow.submit(draft, both)
        with pytest.raises(WorkflowError, match="another person"):
            workflow.approve(draft, both)
        assert (state(draft), ContentVersion.objects.count()) == ("in_review", 0)

    def test_takes_the_permission(self, proposed):
        with pytest.raises(WorkflowError, match="may not approve"):
            workflow.approve(proposed, builders.user(CHANGE))

    def test_is_of_what_was_proposed_only(self, draft, approver):
        with pytest.raises(WorkflowError, match="draft cannot be approved"):
            workflow.approve(draft, approver)

    def test_is_refused_for_what_was_changed_since_one_looked(self, proposed, editor, approver):
        seen_at = proposed.submitted_at
        workflow.send_back(proposed, editor)
        workflow.submit(proposed, editor)
        with pytest.raises(WorkflowError, match="look again"):
            workflow.approve(proposed, approver, seen_at=seen_at)
        assert workflow.approve(proposed, approver, seen_at=proposed.submitted_at).number == 1

    def test_of_a_content_that_is_gone_is_refused(self, proposed, approver):
        Content.objects.all().delete()
        with pytest.raises(WorkflowError, match="no such content"):
            workflow.approve(proposed, approver)


class TestChecks:
    def test_an_error_forbids_it(self, checks, proposed, approver):
        error = Finding("banner", "", ERROR, "broken", "it does not fit")
        checks += [lambda content: [WARNED], lambda content: [error]]
        with pytest.raises(WorkflowError, match="banner: it does not fit") as refused:
            workflow.approve(proposed, approver, confirmed=[error, WARNED])
        assert refused.value.findings == (error, WARNED)
        assert (state(proposed), ContentVersion.objects.count()) == ("in_review", 0)

    def test_a_warning_has_to_be_confirmed(self, checks, proposed, approver):
        checks.append(lambda content: [WARNED])
        with pytest.raises(WorkflowError, match="confirmed first"):
            workflow.approve(proposed, approver)

    @pytest.mark.parametrize("confirmed", [WARNED, WARNED.key])
    def test_a_confirmed_warning_stands_in_the_version(self, checks, proposed, approver, confirmed):
        checks.append(lambda content: [WARNED])
        version = workflow.approve(proposed, approver, confirmed=[confirmed])
        version.refresh_from_db()
        assert [(one["code"], one["reason"]) for one in version.confirmed] == [("long", "it is rather long")]

    def test_blocks_that_are_wrong_anywhere_are_not_even_proposed(self, editor):
        content = builders.content([{"id": "x", "type": "nonsense"}], is_approved=False)
        with pytest.raises(WorkflowError, match="cannot be reviewed") as refused:
            workflow.submit(content, editor)
        assert refused.value.findings[0].is_error

    def test_an_empty_content_is_not_proposed(self, editor):
        with pytest.raises(WorkflowError, match="nothing in it"):
            workflow.submit(builders.content([], is_approved=False), editor)

    def test_what_the_channels_of_its_campaigns_cannot_carry_is_an_error(self, editor, approver):
        content = builders.content([{"id": "text", "type": "text", "text": "no headline"}], is_approved=False)
        builders.campaign(channels=("email",), content=content)
        workflow.submit(content, editor)
        with pytest.raises(WorkflowError, match="email"):
            workflow.approve(content, approver)

    def test_a_check_is_asked_once_however_often_it_is_registered(self, checks):
        def check(content):
            return []

        workflow.register(check)
        workflow.register(check)
        assert checks == [check]


class TestRewriting:
    def rewrite(self, content: Content) -> None:
        content.blocks = [content.blocks[0] | {"text": "Anders"}, *content.blocks[1:]]
        content.save()

    def test_makes_a_draft_of_what_was_approved_and_leaves_its_version(self):
        content = builders.content()
        self.rewrite(content)
        assert state(content) == "draft"
        assert versions.newest_of(content).blocks == builders.BLOCKS

    def test_takes_what_is_reviewed_back(self, proposed, approver):
        self.rewrite(proposed)
        with pytest.raises(WorkflowError, match="draft cannot be approved"):
            workflow.approve(proposed, approver)

    def test_is_approved_as_the_next_version(self, editor, approver):
        content = builders.content()
        self.rewrite(content)
        workflow.submit(content, editor)
        assert workflow.approve(content, approver).number == 2
        assert versions.newest_of(content).blocks[0]["text"] == "Anders"

    def test_giving_it_another_name_changes_nothing(self):
        content = builders.content()
        content.name = "Another name"
        content.save()
        assert state(content) == "approved"


class TestVersion:
    @pytest.mark.parametrize(
        "change",
        ["blocks = '[]'", "number = 7", "confirmed = '[1]'", "created_at = now()", "content_id = content_id + 1"],
    )
    def test_the_database_refuses_to_change_it(self, change):
        builders.content()
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE campaigns_contentversion SET {change}")  # noqa: S608

    def test_the_database_refuses_to_delete_it(self):
        builders.content()
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            ContentVersion.objects.all().delete()

    def test_who_approved_it_may_leave_the_company(self, proposed, approver):
        version = workflow.approve(proposed, approver)
        approver.delete()
        version.refresh_from_db()
        assert version.approved_by is None

    def test_nobody_becomes_its_approver_afterwards(self):
        version = versions.newest_of(builders.content())
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            ContentVersion.objects.filter(pk=version.pk).update(approved_by=builders.user())


class TestOtherSteps:
    def test_sending_back_says_why(self, proposed, approver):
        workflow.send_back(proposed, approver, why="The price is wrong")
        assert state(proposed) == "draft"
        assert [one.text for one in proposed.comments.all()] == ["The price is wrong"]

    def test_what_is_archived_can_be_taken_up_again(self, editor):
        content = builders.content()
        workflow.archive(content, editor)
        assert state(content) == "archived"
        workflow.restore(content, editor)
        assert state(content) == "draft"

    def test_what_a_campaign_still_uses_is_not_archived(self, editor):
        campaign = builders.campaign()
        with pytest.raises(WorkflowError, match=campaign.name):
            workflow.archive(campaign.content, editor)

    def test_everybody_sees_the_verbs_that_are_theirs(self, proposed, editor, approver):
        assert workflow.allowed(proposed, editor) == ["send back", "archive"]
        assert workflow.allowed(proposed, approver) == ["send back", "approve"]
        assert workflow.allowed(proposed, builders.user()) == []


class TestComments:
    def test_one_on_a_block_is_kept_with_who_said_it(self, draft, approver):
        made = workflow.comment(draft, approver, " Too loud ", block_id="offer")
        assert (made.text, made.block_id, made.by) == ("Too loud", "offer", approver)

    @pytest.mark.parametrize(("text", "block_id"), [("  ", ""), ("x" * 2001, ""), ("fine", "nowhere")])
    def test_empty_endless_and_misplaced_ones_are_refused(self, draft, approver, text, block_id):
        with pytest.raises(WorkflowError):
            workflow.comment(draft, approver, text, block_id=block_id)

    def test_who_has_nothing_to_do_with_contents_says_nothing(self, draft):
        with pytest.raises(WorkflowError, match="may not comment"):
            workflow.comment(draft, builders.user(), "hello")

    def test_an_open_one_is_a_warning_until_it_is_resolved(self, proposed, editor, approver):
        made = workflow.comment(proposed, approver, "Is that so?")
        assert [finding.code for finding in workflow.findings(proposed)] == ["open_comments"]
        workflow.resolve(made.pk, editor)
        made.refresh_from_db()
        assert (made.resolved_by, workflow.findings(proposed)) == (editor, [])

    def test_is_resolved_once(self, draft, editor):
        made = workflow.comment(draft, editor, "hm")
        workflow.resolve(made.pk, editor)
        with pytest.raises(WorkflowError):
            workflow.resolve(made.pk, editor)

    def test_of_somebody_else_is_not_for_a_bystander_to_resolve(self, draft, editor):
        made = workflow.comment(draft, editor, "hm")
        with pytest.raises(WorkflowError):
            workflow.resolve(made.pk, builders.user("campaigns.add_contentcomment"))
        assert ContentComment.objects.get(pk=made.pk).resolved_at is None
