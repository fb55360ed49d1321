"""A value that a system does not take is named once; it holds back nothing else and is not tried again."""

from __future__ import annotations

from pathlib import Path

from tests.system.world import typed, world, written

Z, D = ("zoho_crm", "Contacts"), ("zendesk", "users")
HOME = "ouyang.home@163.com"
ONE = {"family": "欧阳", "given": "晓雯", "full_name": "欧阳晓雯", "mobile": "+8613911112222"}
OTHER = {"family": "司徒", "given": "建军", "full_name": "司徒建军", "mobile": "+8613911115555"}
MAIL, MAIL_2 = "xiaowen.ouyang@huaxin-cable.cn", "jianjun.situ@huaxin-cable.cn"


def test_a_mail_that_another_user_has_keeps_no_other_field_back(tmp_path: Path) -> None:
    people = [
        typed("zoho_crm", "contact", "c1", {**ONE, "email": MAIL, "email_2": HOME, "job_title": "经理"}),
        typed("zendesk", "user", "c1", {**ONE, "email": MAIL}),
        typed("zoho_crm", "contact", "c2", {**OTHER, "email": MAIL_2}),
        typed("zendesk", "user", "c2", {**OTHER, "email": MAIL_2, "email_2": HOME}),
    ]
    with world(tmp_path, people, systems=("zoho_crm", "zendesk")) as here:
        first = here.sync()
        mine = next(one for one in here.records(*D).values() if one["name"] == "欧阳晓雯")
        assert mine["user_fields"]["job_title"] == "经理"
        assert not mine.get("other_emails")
        assert [(error["system"], error["code"]) for error in first["errors"]] == [("zendesk", "DuplicateValue")]
        again = here.sync()
        assert written(again) == 0
        assert again["errors"] == []
        assert again["systems"]["zendesk"]["streams"]["users"]["changed"] == 0
        # what comes new goes out, and the refused mail is not tried with it
        contact = next(one_id for one_id, one in here.records(*Z).items() if one["Last_Name"] == "欧阳")
        here.edit(*Z, contact, Title="总监")
        later = here.sync()
        assert later["errors"] == []
        mine = next(one for one in here.records(*D).values() if one["name"] == "欧阳晓雯")
        assert mine["user_fields"]["job_title"] == "总监"


def test_a_mail_of_one_customers_two_users_is_not_asked_of_the_system(tmp_path: Path) -> None:
    people = [
        typed("zendesk", "user", "c1", {**ONE, "email": MAIL}, key="a"),
        typed("zendesk", "user", "c1", {**ONE, "email": HOME, "job_title": "经理"}, key="b"),
    ]
    with world(tmp_path, people, systems=("zendesk",)) as here:
        first = here.sync()
        assert first["profiles"]["total"] == 1
        assert first["errors"] == []
        assert first["systems"]["zendesk"]["writes"]["failed"] == 0
        assert first["blocked"]["in_use"] == 2
        users = [one for one in here.records(*D).values() if one["role"] == "end-user"]
        assert [one["user_fields"]["job_title"] for one in users] == ["经理", "经理"]
        assert written(here.sync()) == 0
