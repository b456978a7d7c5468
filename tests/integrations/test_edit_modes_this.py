"""Rule 3: this event. Only that date changes; rule, start and count of the series stay."""

from tests.integrations.edit_story import Story

FOUR = "FREQ=WEEKLY;COUNT=4"  # 2, 9, 16, 23 December


def test_only_the_chosen_date_moves(story: Story) -> None:
    made = story.book("12-02 10:00", FOUR)
    moved = story.change("12-09 10:00", to="12-10 15:00")
    assert story.shown() == ["12-02 10:00", "12-10 15:00", "12-16 10:00", "12-23 10:00"]
    assert moved["recurrence"] == made["recurrence"] == [f"RRULE:{FOUR}"]
    assert moved["series_id"] == made["series_id"]


def test_this_is_what_is_meant_where_nothing_is_said(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    row = story.find("12-09 10:00")
    answer = story.program.patch(f"/api/v1/bookings/{row['id']}", {"title": "Retro"})
    assert answer.status_code == 200
    assert story.shown() == ["12-02 10:00", "12-09 10:00 Retro", "12-16 10:00", "12-23 10:00"]


def test_the_first_date_is_one_like_the_others(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-02 10:00", to="12-03 15:00", title="Kick-off")
    assert story.shown() == ["12-03 15:00 Kick-off", "12-09 10:00", "12-16 10:00", "12-23 10:00"]


def test_the_first_date_can_be_cancelled_alone(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.cancel("12-02 10:00")
    story.change("12-16 10:00", to="12-16 11:00")
    assert story.shown() == ["12-09 10:00", "12-16 11:00", "12-23 10:00"]


def test_a_date_may_last_longer_than_the_others(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", minutes=150)
    assert story.shown() == ["12-02 10:00", "12-09 10:00-12:30", "12-16 10:00", "12-23 10:00"]


def test_a_date_may_have_its_own_words(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    told = story.change("12-09 10:00", title="Retro", description="Bring notes")
    assert (told["title"], told["description"]) == ("Retro", "Bring notes")
    assert story.shown() == ["12-02 10:00", "12-09 10:00 Retro", "12-16 10:00", "12-23 10:00"]
    assert [row["description"] for row in story.listed()] == ["", "Bring notes", "", ""]


def test_a_date_may_be_in_another_room(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", room=story.rooms[1].pk)
    assert story.shown() == ["12-02 10:00", "12-09 10:00 in Two", "12-16 10:00", "12-23 10:00"]


def test_who_is_invited_is_invited_in_the_other_room(story: Story) -> None:
    guests = [{"email": "minji@example.com"}]
    story.book("12-02 10:00", FOUR, attendees=guests, description="Minutes")
    moved = story.change("12-09 10:00", room=story.rooms[1].pk)
    assert [guest["email"] for guest in moved["attendees"]] == ["minji@example.com"]


def test_who_is_invited_later_is_invited_in_every_room(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", room=story.rooms[1].pk)
    story.change("12-16 10:00", "all", attendees=[{"email": "minji@example.com"}])
    assert story.people_here(story.listed())[1][2] == ["minji@example.com"]


def test_a_date_comes_back_from_another_room(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", room=story.rooms[1].pk, to="12-10 10:00")
    story.change("12-10 10:00 in Two", room=story.rooms[0].pk, to="12-09 10:00")
    assert story.shown() == ["12-02 10:00", "12-09 10:00", "12-16 10:00", "12-23 10:00"]


def test_a_date_cannot_take_the_place_of_a_sister(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    before = story.shown()
    problem = story.change("12-09 10:00", to="12-16 10:30", expect=409)
    assert [clash["start"] for clash in problem["conflicts"]] == ["2026-12-16T10:00:00+09:00"]
    assert story.shown() == before


def test_the_place_that_a_date_left_is_free(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    story.change("12-09 10:00", to="12-10 15:00")
    story.block("12-09 10:00")
    story.block("12-10 15:00", room=story.rooms[1])
    assert story.shown() == [
        "12-02 10:00", "12-09 10:00 Lunch",
        "12-10 15:00 Lunch in Two", "12-10 15:00",
        "12-16 10:00", "12-23 10:00",
    ]  # fmt: skip


def test_a_cancelled_date_can_be_restored(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    before, gone = story.shown(), story.find("12-09 10:00")
    story.cancel("12-09 10:00")
    assert len(story.shown()) == 3
    story.restore(gone["id"])
    assert story.shown() == before


def test_a_cancelled_date_is_not_restored_into_a_taken_room(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    gone = story.find("12-09 10:00")
    story.cancel("12-09 10:00")
    story.block("12-09 10:30")
    before = story.shown()
    story.restore(gone["id"], expect=409)
    assert story.shown() == before


def test_a_date_that_was_moved_is_restored_where_it_had_been_moved(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    moved = story.change("12-09 10:00", to="12-10 15:00")
    story.cancel("12-10 15:00")
    story.restore(moved["id"])
    assert story.shown() == ["12-02 10:00", "12-10 15:00", "12-16 10:00", "12-23 10:00"]


def test_a_series_can_lose_every_date_one_by_one(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    for date in story.shown():
        story.cancel(date)
    assert story.shown() == []


def test_cancelling_twice_is_cancelling_once(story: Story) -> None:
    story.book("12-02 10:00", FOUR)
    place = f"/api/v1/bookings/{story.find('12-09 10:00')['id']}"
    assert [story.program.delete(place).status_code for _ in range(2)] == [204, 204]
    assert story.shown() == ["12-02 10:00", "12-16 10:00", "12-23 10:00"]
