"""The words of an alert, in English and Chinese. Room: flows; pure."""

from __future__ import annotations

from collections.abc import Sequence

from flows.alerts.conditions import Condition
from flows.alerts.telling import News

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "failure": "{subject}: the last run failed ({code}). See `crmhub runs show {run}`.",
        "partial": "{subject}: {failed} of {handled} records failed in the last run. See `crmhub runs show {run}`.",
        "stale": "{subject}: not read to its end since {read_at}. See `crmhub status` and `crmhub runs`.",
        "events": "{waiting} posted events wait, the oldest since {oldest}. See `crmhub events list`.",
        "writes": "{waiting} writes are on their way. See `crmhub outbox list`.",
        "drift": "{subject}: its system's own fields have changed ({fields}). See `crmhub mapping drift`.",
        "quota": "{subject}: {left} of {calls} calls left in {hours} h.",
        "paused": "{subject}: paused, its quota is used up; goes on at {until}.",
        "review_age": "{open} reviews are open, the oldest for {days} days. See `crmhub review list`.",
        "rows": "{subject}: {read} records read, where {usual} are usual.",
        "dead_letters": "{subject}: {events} events failed, {writes} writes were rejected; a person must look.",
        "silent": "{subject}: pulls find changes that it did not post; last post {last}. Is its subscription on?",
        "test": "This is a test. Alerts reach you.",
    },
    "zh": {
        "failure": "{subject}：最近一次运行失败（{code}）。请看 `crmhub runs show {run}`。",
        "partial": "{subject}：最近一次运行中 {handled} 条记录有 {failed} 条失败。请看 `crmhub runs show {run}`。",
        "stale": "{subject}：自 {read_at} 起没有完整读取。请看 `crmhub status` 与 `crmhub runs`。",
        "events": "{waiting} 个推送事件在等待，最早的自 {oldest}。请看 `crmhub events list`。",
        "writes": "{waiting} 个写入还在路上。请看 `crmhub outbox list`。",
        "drift": "{subject}：该系统的字段有变化（{fields}）。请看 `crmhub mapping drift`。",
        "quota": "{subject}：{hours} 小时配额 {calls} 次，只剩 {left} 次。",
        "paused": "{subject}：配额用完，已暂停；{until} 继续。",
        "review_age": "{open} 个待审，最早的已 {days} 天。请看 `crmhub review list`。",
        "rows": "{subject}：读到 {read} 条记录，平时约 {usual} 条。",
        "dead_letters": "{subject}：{events} 个事件失败，{writes} 个写入被拒，需要人来看。",
        "silent": "{subject}：拉取发现了未推送的变化；最后一次推送 {last}。订阅还在吗？",
        "test": "这是一条测试。告警可以送达。",
    },
}
WHY = {
    "en": {"first": "NEW", "again": "STILL", "recovered": "OVER"},
    "zh": {"first": "新", "again": "仍在", "recovered": "已恢复"},
}
TITLE = {"en": "crmhub: {new} new, {still} lasting, {over} over", "zh": "crmhub：新 {new}，仍在 {still}，已恢复 {over}"}


def line_of(condition: Condition, language: str) -> str:
    """Return what is wrong, in a line."""
    return TEXTS[language][condition.kind].format(subject=condition.subject, **condition.facts)


def message(news: Sequence[News], language: str) -> tuple[str, str]:
    """Return the title and the text in which *news* are told."""
    count = {why: sum(one.why == why for one in news) for why in ("first", "again", "recovered")}
    title = TITLE[language].format(new=count["first"], still=count["again"], over=count["recovered"])
    words = WHY[language]
    lines = [f"[{words[one.why]}] {line_of(one.condition, language)} ({one.since:%Y-%m-%d %H:%M} UTC)" for one in news]
    return title, "\n".join(lines)
