"""A program: sends tasks to every queue, takes them as a worker would, prints where each was.

In a process of its own, so that no connection of an earlier test takes part.
"""

from typing import Any

from roomly.celery import QUEUES, app

TIMES = 3
PATIENCE = 60  # seconds


def main() -> None:
    def take(_body: Any, message: Any) -> None:
        print(message.delivery_info["routing_key"])
        message.ack()

    with app.connection_for_write() as connection:
        for queue in reversed(QUEUES):
            for _time in range(TIMES):
                app.send_task("tests.nothing", queue=queue, connection=connection)
        # What a worker without -Q consumes with, one message at a time.
        with app.amqp.TaskConsumer(connection.channel(), callbacks=[take]) as consumer:
            consumer.qos(prefetch_count=1)
            for _each in range(TIMES * len(QUEUES)):
                connection.drain_events(timeout=PATIENCE)


if __name__ == "__main__":
    main()
