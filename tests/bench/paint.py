"""The day in a real browser: when it is first painted, and the longest time in which it does not
answer, as it opens and while somebody scrolls."""

import shutil
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from tenants.models import Member
from tests.bench.installation import fill_day, make_company, make_rooms, tomorrow_at_eight
from tests.bench.measure import emit
from tests.bench.programs import browser as cookies_of

SIZES = {"500x10": (500, 10), "1000x10": (1000, 10)}
RUNS = 7
PAINT_BAR, TASK_BAR = 1000, 100  # milliseconds
STEPS, A_STEP = 100, 120  # pixels, as a wheel turns

# https://developer.mozilla.org/docs/Web/API/PerformanceLongTaskTiming: tasks of 50 ms and more
WATCH = """
    window.longTasks = [];
    new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((e) => e.duration)))
        .observe({ type: "longtask", buffered: true });
"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
SCROLL = """async (pixels) => {
    timeline.scrollBy(0, pixels);
    await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
}"""


def run(base: str) -> None:
    """Each time with nothing cached, as somebody opens Roomly for the first time that day."""
    day = tomorrow_at_eight()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium-headless-shell") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        for name, (rooms, per_room) in SIZES.items():
            member = make_company(f"paint-{name}.example")
            fill_day(member, make_rooms(member.company, rooms), per_room=per_room, start=day)
            path = f"/?date={day:%Y-%m-%d}"
            _look(chromium, member, base, path)  # the server's first time
            looks = [_look(chromium, member, base, path) for _ in range(RUNS)]
            paint, task = (median(figures) for figures in zip(*looks, strict=True))
            emit(f"paint.{name}", "first_paint", paint, "ms", RUNS)
            emit(f"paint.{name}", "of_its_bar", paint / PAINT_BAR, "ratio", RUNS)
            emit(f"paint.{name}", "longest_task", task, "ms", RUNS)
            emit(f"paint.{name}", "task_of_its_bar", task / TASK_BAR, "ratio", RUNS)
        chromium.close()


def _look(chromium: Browser, member: Member, base: str, path: str) -> tuple[float, float]:
    """First paint after the request, and the longest task; milliseconds."""
    with cookies_of(member, base) as client:
        ((name, session),) = client.cookies.items()
    context = chromium.new_context(base_url=base, viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": name, "value": session, "url": base}])
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(path)
    for _step in range(STEPS):
        page.evaluate(SCROLL, A_STEP)
    painted = float(page.evaluate(PAINTED))
    longest = float(page.evaluate("Math.max(0, ...longTasks)"))
    context.close()
    return painted, longest
