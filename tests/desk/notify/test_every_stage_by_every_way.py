"""升级督办 by every way: in the desk, by mail, SMS, WeCom, DingTalk, Feishu; no word names an address or a person."""

from datetime import timedelta

from minewarden.desk.cases import escalation
from minewarden.desk.notify import actions, deliver
from minewarden.desk.notify.models import Copy, Delivery, Message, Reach
from tests.desk.made import NOW

ROBOTS = ("wecom", "dingtalk", "feishu")
STAGES = {"soon": 36, "urgent": 46, "due": 48, "after": 72}


def test_each_stage_goes_out_by_every_way(make_case, staff, people, city, outlet, there):
    for kind in ROBOTS:
        outlet(kind, unit=city.first_school)
    outlet("sms")
    mail = {"host": "127.0.0.1", "port": "9", "security": "none", "sender": "desk@city.example"}
    actions.add_outlet(by=people.system, now=NOW, unit=city.bureau, kind="smtp", name="邮件", settings=mail)
    make_case()
    for person in {copy.person for copy in Copy.objects.all()}:
        Reach.objects.create(person=person, mail=f"{person.username}@city.example", changed_at=NOW)
        person.phone = "13800000031"
        person.save(update_fields=["phone"])
    there.bodies.clear()
    for stage, hours in STAGES.items():
        now = NOW + timedelta(hours=hours)
        escalation.look(now)
        (message,) = Message.objects.filter(key__contains=f".find.{stage}.")
        out = Delivery.objects.filter(message=message)
        assert {row.outlet.kind for row in out} == {*ROBOTS, "sms", "smtp"}, stage
        assert Copy.objects.filter(message=message).exists(), "in the desk"
        deliver.run("1", now)
        sent = {row.outlet.kind for row in out.filter(state=Delivery.State.SENT)}
        assert sent == {*ROBOTS, "sms"}, "what answers is sent; no server of mail listens here"
    texts = [body.decode() for body in there.bodies]
    assert len(texts) >= len(STAGES) * 4
    hidden = ("10.12.8.1", "203.0.113.9", "pool.example", "秦朗", staff.handler.name)
    assert not [text for text in texts if any(word in text for word in hidden)]
