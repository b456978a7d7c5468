"""The two demonstration workspaces, with fixed ids, tokens and webhook URLs."""

from standins.slack.methods.oauth import add_hook
from standins.slack.model import Token, User
from standins.slack.store import Store

BOT_SCOPES = [
    "chat:write",
    "incoming-webhook",
    "commands",
    "users:read",
    "users:read.email",
    "im:write",
    "channels:read",
    "channels:history",
]

HANGANG_PEOPLE = (
    ("U0MINJI000", "minji", "김민지", "minji@hangang.example"),
    ("U0JUNHO000", "junho", "이준호", "junho@hangang.example"),
    ("U0SORA0000", "sora", "박소라", "sora@hangang.example"),
)
HUDSON_PEOPLE = (
    ("U0ALEX0000", "alex", "Alex Rivera", "alex@hudson.example"),
    ("U0BLAKE000", "blake", "Blake Chen", "blake@hudson.example"),
    ("U0CASEY000", "casey", "Casey Okafor", "casey@hudson.example"),
)


def seed(store: Store) -> None:
    """Fill an empty store."""
    _seed_workspace(store, "hangang", "Hangang", "Asia/Seoul", HANGANG_PEOPLE)
    _seed_workspace(store, "hudson", "Hudson", "America/New_York", HUDSON_PEOPLE)


def _seed_workspace(
    store: Store, domain: str, name: str, tz: str, people: tuple[tuple[str, str, str, str], ...]
) -> None:
    code = f"0{domain.upper()}".ljust(9, "0")
    workspace = store.add_workspace(id=f"T{code}", name=name, domain=domain)
    for index, (id, handle, real_name, email) in enumerate(people):
        person = User(id, handle, real_name, email, tz=tz, is_admin=index == 0)
        workspace.users[id] = person
    rooms = store.add_channel(workspace, "rooms", id=f"C{code}")
    rooms.members.append(workspace.bot_user_id)
    store.add_channel(workspace, "general")
    token = f"xoxb-demo-{domain}"
    store.tokens[token] = Token(token, workspace.id, list(BOT_SCOPES))
    add_hook(store, workspace, rooms.id, path=f"{workspace.id}/B{code}/demo-{domain}")
