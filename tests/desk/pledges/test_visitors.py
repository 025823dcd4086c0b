"""What somebody sees who scans a code: his pledge, questions, and clear words where something is wrong."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from minewarden.desk.pledges import actions, limits, roll
from minewarden.desk.pledges.codes import hash_of, token_of
from minewarden.desk.pledges.everywhere import elsewhere
from minewarden.desk.pledges.models import Link, Signature, Signer, Text
from minewarden.desk.pledges.verify import verify
from tests.desk.pledges.made import canvas, signed, technician

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at(monkeypatch, now):
    monkeypatch.setattr(timezone, "now", lambda: now)


def code(school, now, *, group=None, signer=None, ask_number=True, days=7):
    (link,) = actions.links(
        [signer] if signer else None, unit=school.unit, groups=[group] if group is not None else None,
        ask_number=ask_number, until=now + timedelta(days=days), by=school.officer, now=now,
    )  # fmt: skip
    return f"/p/{token_of(link.salt)}/"


def form(address, **given):
    answer = Client().get(address)
    text = int(answer.content.decode().split('name="text" value="')[1].split('"')[0])
    return {"text": text, "agree": "on", "ink": canvas()} | given


def text_of(answer):
    return answer.content.decode()


def test_a_code_of_ones_own_leads_to_the_text_and_then_to_a_receipt(school, now):
    address = code(school, now, signer=school.long)
    page = text_of(Client().get(address))
    assert "坚决抵制虚拟货币“挖矿”活动承诺书" in page
    assert "王㛃·阿卜杜拉（云川市第一中学），现郑重承诺如下：" in page
    assert "3.自愿接受相关部门的监督检查，如违背承诺自愿承担相应法律后果和责任。" in page
    answer = Client().post(address, form(address))
    assert (answer.status_code, answer["Location"]) == (302, address)
    made = Signature.objects.get()
    page = text_of(Client().get(address))
    assert f"1-{made.hash[:12]}" in page
    assert "<canvas" not in page


def test_pages_of_visitors_set_no_cookie_and_are_not_kept(school, now):
    answer = Client().get(code(school, now, signer=school.qin))
    assert not answer.cookies
    assert answer["Cache-Control"] == "no-store"


def test_a_token_is_nowhere_in_the_database(school, now):
    address = code(school, now, signer=school.qin)
    link = Link.objects.get()
    token = address.split("/")[2]
    assert link.token_hash == hash_of(token)
    assert token not in str(Link.objects.values().get())


def test_printing_again_gives_the_same_code_with_a_later_end(school, now):
    first = code(school, now, group="信息中心")
    assert code(school, now, group="信息中心", days=20) == first
    assert Link.objects.get().expires_at == now + timedelta(days=20)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"ink": ""}, "还没有签名"),
        ({"ink": "[[500,250]]"}, "笔迹太少"),
        ({"ink": "[" + "[1,1]," * 15000 + "[1,1]]"}, "笔迹太多"),
        ({"ink": "nonsense"}, "没有收到完整的笔迹"),
        ({"agree": ""}, "请先勾选"),
    ],
)
def test_what_is_no_signature_is_said_and_not_taken(school, now, given, said):
    address = code(school, now, signer=school.qin)
    answer = Client().post(address, form(address, **given))
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert not Signature.objects.exists()


def test_ink_is_there_again_where_something_else_is_wrong(school, now):
    address = code(school, now, signer=school.qin)
    page = text_of(Client().post(address, form(address, agree="")))
    assert "[[100, 100, 300" in page.replace("&quot;", '"')


def test_a_huge_post_is_turned_away_unread(school, now):
    address = code(school, now, signer=school.qin)
    answer = Client().post(address, b"x" * 200_000, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert "提交的内容过大" in text_of(answer)


def test_two_tabs_and_a_double_touch_are_one_signature(school, now):
    address = code(school, now, signer=school.qin)
    given = form(address)
    assert [Client().post(address, given).status_code for _ in range(3)] == [302, 302, 302]
    assert Signature.objects.count() == 1


def test_a_text_published_while_the_page_is_open_is_shown_before_anything_is_signed(school, now):
    address = code(school, now, signer=school.qin)
    given = form(address)
    actions.publish(
        by=school.bureau, now=now, variant="staff", title="承诺书", body="新的内容\n{姓名}承诺遵守。", resign=False,
        note="", effective_from=timezone.localdate(now),
    )  # fmt: skip
    answer = Client().post(address, given)
    assert answer.status_code == 422
    assert "文本刚刚更新" in text_of(answer)
    assert "秦朗承诺遵守。" in text_of(answer)
    assert Client().post(address, form(address)).status_code == 302
    assert Signature.objects.get().text.number == 2


def test_codes_that_are_over_withdrawn_or_unknown_say_what_to_do(school, now, monkeypatch):
    address = code(school, now, signer=school.qin, days=1)
    given = form(address)
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=1))
    answer = Client().post(address, given)
    assert (answer.status_code, "签订码已过期" in text_of(answer)) == (410, True)
    assert "云川市第一中学" in text_of(answer)
    monkeypatch.setattr(timezone, "now", lambda: now)
    actions.revoke(Link.objects.get(), by=school.officer, now=now)
    assert "签订码已停用" in text_of(Client().get(address))
    for token in ("a" * 26, "short", "A" * 26, "../../etc"):
        answer = Client().get(f"/p/{token.replace('/', '_')}/")
        assert (answer.status_code, "没有这个签订码" in text_of(answer)) == (404, True)
    assert not Signature.objects.exists()


def test_a_group_is_asked_for_name_and_number(school, now):
    address = code(school, now, group="信息中心")
    page = text_of(Client().get(address))
    assert "秦朗" not in page
    assert "何晓" not in page
    answer = Client().post(address, {"name": "秦朗", "tail": "0317"})
    assert answer.status_code == 302
    assert "秦朗（云川市第一中学）" in text_of(Client().get(answer["Location"]))
    assert "对不上" in text_of(Client().post(address, {"name": "秦朗", "tail": "0402"}))
    assert "名单里没有" in text_of(Client().post(address, {"name": "李䶮", "tail": "0001"})), "of another office"


def test_a_rare_name_is_found_by_its_first_letter_without_showing_it(school, now):
    Signer.objects.create(unit=school.unit, number="T20190009", name="李明", group="语文组", category="staff")
    address = code(school, now, group="语文组", ask_number=False)
    page = text_of(Client().post(address, {"name": "李"}))
    assert page.count("李＊") == 2
    assert "李䶮" not in page
    assert "李明" not in page
    answer = Client().post(address, {"name": "李", "chosen": school.rare.pk})
    assert "李䶮（云川市第一中学）" in text_of(Client().get(answer["Location"]))
    # The dot of a name may be any of those that telephones offer.
    assert Client().post(address, {"name": "王㛃•阿卜杜拉"}).status_code == 302


def test_namesakes_are_told_apart_by_number(school, now):
    Signer.objects.create(unit=school.unit, number="T20200999", name="秦朗", group="信息中心", category="staff")
    address = code(school, now, group="信息中心", ask_number=False)
    assert "有同名的人" in text_of(Client().post(address, {"name": "秦朗"}))
    answer = Client().post(address, {"name": "秦朗", "tail": "0999"})
    where = answer["Location"]
    Client().post(where, form(where))
    assert Signature.objects.get().number == "T20200999"


def test_a_ticket_of_another_code_or_an_old_one_leads_back_to_the_question(school, now):
    address, other = code(school, now, group="信息中心"), code(school, now, group="语文组")
    where = Client().post(address, {"name": "秦朗", "tail": "0317"})["Location"]
    ticket = where.split("/")[3]
    assert Client().get(f"{other}{ticket}/")["Location"] == other
    assert Client().get(f"{address}{ticket[:-2]}xx/")["Location"] == address


def test_whoever_tries_names_has_to_wait(school, now):
    address = code(school, now, group="信息中心")
    for _ in range(limits.MOST_FROM_ONE_PLACE):
        assert Client().post(address, {"name": "周某", "tail": "1"}).status_code == 200
    answer = Client().post(address, {"name": "秦朗", "tail": "0317"})
    assert (answer.status_code, "十分钟后再试" in text_of(answer)) == (429, True)
    elsewhere = Client().post(address, {"name": "秦朗", "tail": "0317"}, REMOTE_ADDR="203.0.113.77")
    assert elsewhere.status_code == 302


def test_a_guardian_gives_name_and_relation(school, now):
    address = code(school, now, signer=school.child)
    page = text_of(Client().get(address))
    assert "未满十四周岁，由监护人代为承诺" in page
    assert "监护人姓名" in page
    refused = Client().post(address, form(address))
    assert refused.status_code == 422
    given = form(address, guardian="秦岳", relation="father")
    assert Client().post(address, given).status_code == 302
    made = Signature.objects.get()
    assert (made.guardian, made.relation, made.text.variant) == ("秦岳", "父亲", Text.Variant.GUARDIAN)


def test_a_student_over_fourteen_signs_himself(school, now):
    address = code(school, now, signer=school.pupil)
    assert "何雨（云川市第一中学学生）" in text_of(Client().get(address))
    Client().post(address, form(address))
    assert Signature.objects.get().text.variant == "student"


def test_somebody_who_left_the_roll_is_told_and_nothing_is_written(school, now):
    address = code(school, now, signer=school.qin)
    given = form(address)
    Signer.objects.filter(pk=school.qin.pk).update(left_on=now.date())
    answer = Client().post(address, given)
    assert (answer.status_code, "名单显示您已离开云川市第一中学" in text_of(answer)) == (410, True)
    assert not Signature.objects.exists()


def test_a_new_version_asks_again_only_where_the_bureau_says_so(school, now):
    signed(school.qin, now)
    address = code(school, now, signer=school.qin)
    facts = {"by": school.bureau, "now": now, "variant": "staff", "title": "承诺书", "note": ""}
    day = timezone.localdate(now)
    actions.publish(**facts, body="甲\n{姓名}承诺。", effective_from=day, resign=False)
    assert "已签署" in text_of(Client().get(address))
    actions.publish(**facts, body="乙\n{姓名}承诺。", effective_from=day, resign=True)
    page = text_of(Client().get(address))
    assert "您于" in page
    assert "第 1 版" in page
    Client().post(address, form(address))
    assert list(Signature.objects.order_by("seq").values_list("text__number", flat=True)) == [1, 3]


def test_who_serves_several_schools_signs_once_and_each_school_has_a_pledge_of_its_own(school, city, now):
    for number, unit in enumerate((school.unit, city.riverside, city.yunlu_school), start=1):
        technician(unit, f"W{number}")
    technician(city.riverside, "W7", phone="13900000008")
    technician(city.riverside, "W8", phone="138-0000-0007", name="孙月")
    technician(city.yunlu_school, "W9", phone="")
    roll.take_over(city.bureau, now=now)
    mine = Signer.objects.get(unit=school.unit, number="W1")
    assert [row.number for row in elsewhere(mine)] == ["W2", "W3"], "not a namesake, and nobody without a number"
    address = code(school, now, signer=mine)
    page = text_of(Client().get(address))
    assert "可一并签订" in page
    assert city.riverside.name in page
    assert page.count('name="also"') == page.count("checked") == 2
    wanted, foreign = Signer.objects.get(number="W2"), Signer.objects.get(number="W7")
    answer = Client().post(address, form(address, also=[wanted.pk, foreign.pk]))
    assert answer.status_code == 422, "somebody else is no choice"
    assert Signature.objects.count() == 0
    assert Client().post(address, form(address, also=[wanted.pk])).status_code == 302
    made = list(Signature.objects.order_by("seq"))
    assert [(row.number, row.unit_name) for row in made] == [("W1", school.unit.name), ("W2", city.riverside.name)]
    assert made[0].ink_sha256 == made[1].ink_sha256
    assert verify().whole
    page = text_of(Client().get(address))
    assert "也已签订" in page
    assert city.riverside.name in page
    assert city.yunlu_school.name not in page, "there it is still due"


def test_nobody_is_offered_what_a_roll_does_not_know_to_be_his(school, now):
    assert "可一并签订" not in text_of(Client().get(code(school, now, signer=school.qin)))
