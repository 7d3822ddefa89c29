"""Workers are killed in the middle of their batches: nobody is lost, and nobody is mailed twice."""

from tests.faults.staging import MOMENTS, PEOPLE, Stage, moments


def test_processes_of_a_worker_killed_at_random_moments(stage: Stage):
    wave = stage.wave()
    with stage.worker() as there:
        stage.wake()
        for moment in moments():
            stage.kill_child(there, moment)
            stage.wake()
        states = stage.await_end(wave)
    stage.check(wave)
    assert states["uncertain"] >= 1  # the kill was in the middle of a message


def test_the_worker_and_all_of_its_processes_killed_at_random_moments(stage: Stage):
    wave = stage.wave()
    # In the first half, since what the dead hold waits for its lease and must not be needed to get to the next moment.
    for number, moment in enumerate(moments(PEOPLE // 2, max(2, MOMENTS // 2))):
        with stage.worker(f"worker {number}") as there:
            stage.wake()
            stage.kill_workers(there, moment)
    with stage.worker("last"):
        stage.wake()
        stage.await_end(wave)
    stage.check(wave)
