"""An officer writes to a carrier, the principal has it go out, and what the case took is estimated."""

import pytest

from minewarden.desk.measures.models import EnergyFact, Entry, Review

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_letter_goes_out_and_energy_is_estimated(walker, keep, staff, turn, make_case):
    turn("2026-03-20 10:00")
    case = make_case("lock")
    type(case).objects.filter(pk=case.pk).update(conclusion="true")
    page = walker("zhang.wei")
    root = page.url.rstrip("/")
    page.goto(f"{root}/measures/energy/cases/{case.pk}/")
    page.fill("#id_watts", "350")
    page.fill("#id_began_at", "2026-03-08T00:00")
    page.fill("#id_ended_at", "2026-03-13T00:00")
    page.fill("#id_basis", "现场功率计实测")
    keep(page, "measures-case-energy")
    page.click("main form button.primary")
    assert EnergyFact.objects.get().watts == 350
    keep(page, "measures-case")
    page.goto(f"{root}/measures/energy/")
    keep(page, "measures-energy")
    page.goto(f"{root}/measures/note/?kind=carrier&case={case.pk}")
    page.fill("#id_subject", "北校区互联网专线（线路编号 LJ-001）")
    page.fill("#id_authority", "示例通信公司云川分公司")
    page.fill("#id_text", "2026年3月12日，该线路上有与矿池的持续通信，校内设备已隔离。\n请协助核实线路上其他接入用户。")
    keep(page, "measures-note")
    page.click("main form button.primary")
    entry = Entry.objects.get()
    other = walker("he.qing")
    other.goto(f"{root}/measures/{entry.pk}/")
    other.fill("#id_send-number", "云一中函〔2026〕3号")
    other.fill("#id_send-answer_due", "2026-03-30")
    keep(other, "measures-entry")
    other.locator("button.primary.whole").click()
    assert Entry.objects.get().state == "sent"
    page.goto(f"{root}/measures/")
    keep(page, "measures-home")
    page.goto(f"{root}/measures/energy/figures/")
    keep(page, "measures-figures")
    page.goto(f"{root}/measures/reviews/add/")
    page.fill("#id_name", "智算中心一期")
    for group in page.locator("fieldset.field").all():
        group.locator("input[value=no]").check()
    page.fill("#id_reason", "教学实训使用，设备清单与容量相符")
    keep(page, "measures-review-add")
    page.click("main form button.primary")
    other.goto(f"{root}/measures/reviews/{Review.objects.get().pk}/")
    keep(other, "measures-review")
