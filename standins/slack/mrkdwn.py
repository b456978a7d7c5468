"""Slack's text as HTML: entities, links, mentions, and the four text styles."""

import re

from markupsafe import Markup, escape

from standins.slack.model import Json, Workspace

REFERENCE = re.compile(r"<([^<>]+)>")
STYLES = (
    (re.compile(r"```(.+?)```", re.DOTALL), "pre"),
    (re.compile(r"`([^`\n]+)`"), "code"),
    (re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])"), "strong"),
    (re.compile(r"(?<![\w_])_([^_\n]+)_(?![\w_])"), "em"),
    (re.compile(r"(?<![\w~])~([^~\n]+)~(?![\w~])"), "s"),
)
DATE = re.compile(r"^!date\^\d+\^[^|]*\|(.*)$")
ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def plain(text: str) -> str:
    """The text with Slack's three entities decoded."""
    for entity, character in ENTITIES:
        text = text.replace(entity, character)
    return text


def render(text: str, workspace: Workspace) -> Markup:
    """HTML of mrkdwn text."""
    parts: list[str] = []
    end = 0
    for found in REFERENCE.finditer(text):
        parts += [_styled(text[end : found.start()]), _reference(found[1], workspace)]
        end = found.end()
    parts.append(_styled(text[end:]))
    return Markup("".join(parts))  # noqa: S704 - every part is escaped


def render_object(value: Json, workspace: Workspace) -> Markup:
    """HTML of a Block Kit text object."""
    if value.get("type") == "mrkdwn":
        return render(value["text"], workspace)
    return escape(plain(value.get("text", "")))


def _styled(text: str) -> str:
    html = str(escape(plain(text)))
    for pattern, tag in STYLES:
        html = pattern.sub(rf"<{tag}>\1</{tag}>", html)
    return html.replace("\n", "<br>")


def _reference(inner: str, workspace: Workspace) -> str:
    target, _, label = inner.partition("|")
    if target.startswith("@"):
        user = workspace.users.get(target[1:])
        return _mention("@" + (user.real_name if user else target[1:]))
    if target.startswith("#"):
        channel = workspace.channels.get(target[1:])
        return _mention("#" + (channel.name if channel else target[1:]))
    if target.startswith("!"):
        date = DATE.match(inner)
        return str(escape(plain(date[1]))) if date else _mention("@" + target[1:])
    if target.partition(":")[0] not in ("http", "https", "mailto", "tel"):
        return str(escape(f"<{inner}>"))
    shown = plain(label or target)
    return str(Markup('<a href="{}" rel="noreferrer">{}</a>').format(plain(target), shown))


def _mention(name: str) -> str:
    return str(Markup('<span class="mention">{}</span>').format(name))
