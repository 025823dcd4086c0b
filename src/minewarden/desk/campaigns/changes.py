"""What one version of a campaign asks otherwise than the last, as data that a page puts into words."""

from typing import Any

from minewarden.desk.campaigns.template import Plan, TaskDef

Change = dict[str, Any]


def between(old: Plan, new: Plan) -> list[Change]:
    """Every difference that concerns somebody: phases and their days, gates, tasks, what a task asks."""
    found: list[Change] = []
    before = {phase.code: phase for phase in old.phases}
    for phase in new.phases:
        was = before.pop(phase.code, None)
        if was is None:
            found.append({"what": "phase-added", "phase": dict(phase.title)})
            continue
        if (was.begins, was.ends) != (phase.begins, phase.ends):
            days = {name: [_iso(getattr(was, name)), _iso(getattr(phase, name))] for name in ("begins", "ends")}
            found.append({"what": "phase-days", "phase": dict(phase.title), **days})
        if was.gate != phase.gate:
            found.append({"what": "gate", "phase": dict(phase.title)})
    found += [{"what": "phase-removed", "phase": dict(phase.title)} for phase in before.values()]
    known = {task.code: task for task in old.tasks}
    for task in new.tasks:
        earlier = known.pop(task.code, None)
        if earlier is None:
            found.append({"what": "task-added", "task": task.code, "title": dict(task.title)})
        else:
            found += of_task(earlier, task)
    found += [{"what": "task-removed", "task": t.code, "title": dict(t.title)} for t in known.values()]
    return found


def of_task(old: TaskDef, new: TaskDef) -> list[Change]:
    """What a task asks otherwise."""
    about = {"task": new.code, "title": dict(new.title)}
    found: list[Change] = []
    if (old.title, old.what) != (new.title, new.what):
        found.append({"what": "task-words", **about})
    if old.kinds != new.kinds:
        found.append({"what": "task-kinds", **about})
    if (old.days, old.before, old.repeat, old.phase) != (new.days, new.before, new.repeat, new.phase):
        found.append({"what": "task-due", **about})
    if (old.proof, old.evidence, old.figure) != (new.proof, new.evidence, new.figure):
        found.append({"what": "task-proof", **about})
    before = {q.key: q for q in old.questions}
    for question in new.questions:
        was = before.pop(question.key, None)
        named = {"question": dict(question.title), "key": question.key, **about}
        if was is None:
            found.append({"what": "question-added", "required": question.required and not question.known, **named})
        elif was != question:
            # Another kind makes the old answer unreadable, so it has to be given again.
            found.append({"what": "question-changed", "required": was.kind != question.kind, **named})
    found += [
        {"what": "question-removed", "question": dict(q.title), "key": q.key, "required": False, **about}
        for q in before.values()
    ]
    return found


def _iso(day: Any) -> str:
    return day.isoformat() if day is not None else ""
