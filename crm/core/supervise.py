"""A process kept running beside this one."""

import subprocess
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Self

PATIENCE = 25  # seconds that a process has for ending by itself


class Supervised:
    """Runs a command, starts it again when it ends or is killed, and stops it at the end of the `with` block.

    After each early end it waits twice as long before it starts the command again, at most a minute. The process has a
    session of its own: Ctrl-C reaches this one alone, which then stops the other in its order.
    """

    def __init__(self, command: Sequence[str], pause: float = 1.0) -> None:
        self.command, self.pause = list(command), pause
        self.starts = 0
        self.process: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._watch = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ask the process to end, end it when it takes too long, and return when it has ended."""
        self._stopping.set()
        while self._watch.is_alive():
            if self.process is not None and self.process.poll() is None:
                self.process.terminate()
                try:
                    self.process.wait(PATIENCE)
                except subprocess.TimeoutExpired:
                    self.process.kill()
            self._watch.join(0.2)

    def _run(self) -> None:
        pause = self.pause
        while not self._stopping.is_set():
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, start_new_session=True)
            self.starts += 1
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                pause = self.pause  # it has lived for a while: the next end is a new story
                self.process.wait()
            self._stopping.wait(pause)
            pause = min(2 * pause, 60)
