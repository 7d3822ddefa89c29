"""Workers are killed in the middle of their batches: nobody is lost, and nobody is mailed twice."""

from tests.faults.staging import Stage, moments


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
    for number, moment in enumerate(moments(number=2)):
        with stage.worker(f"worker {number}") as there:
            stage.wake()
            stage.kill_workers(there, moment)
    with stage.worker("last"):
        stage.wake()
        stage.await_end(wave)
    stage.check(wave)
