from __future__ import annotations

from argosy.compose.service import GUESSED_START_PERIOD, service, start_period
from argosy.stack.model import Model, Resources


def test_a_model_gets_everything_that_a_careful_expert_would_set() -> None:
    model = Model(
        "digits",
        drain=3.0,
        timeout=10.0,
        resources=Resources(cpus=1.5, memory=512 << 20, cpuset="0-1"),
        secrets=("HF_TOKEN",),
    )
    assert service(model, "argosy/desk-digits:r1", [1.0, 1.2]) == {
        "image": "argosy/desk-digits:r1",
        "init": True,
        "user": "10001:10001",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "tmpfs": ["/tmp:size=256m,mode=1777,exec"],
        "restart": "unless-stopped",
        "stop_grace_period": "18s",
        "healthcheck": {
            "test": [
                "CMD",
                "/runner/bin/python",
                "-I",
                "-m",
                "argosy_runner.healthcheck",
                "/settings.json",
            ],
            "interval": "10s",
            "timeout": "5s",
            "retries": 3,
            "start_period": "3s",
            "start_interval": "1s",
        },
        "logging": {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}},
        "deploy": {
            "resources": {
                "limits": {"pids": 1024, "cpus": "1.5", "memory": "512m"},
                "reservations": {"cpus": "1.5", "memory": "512m"},
            }
        },
        "memswap_limit": "512m",
        "cpuset": "0-1",
        "secrets": ["HF_TOKEN"],
    }


def test_gpus_are_reserved_by_number_or_by_name() -> None:
    def devices(resources: Resources) -> object:
        made = service(Model("chat", resources=resources), "image")
        return made["deploy"]["resources"]["reservations"]["devices"]

    assert devices(Resources(gpus=2)) == [
        {"driver": "nvidia", "count": 2, "capabilities": ["gpu"]},
    ]
    assert devices(Resources(gpu_devices=("1", "GPU-8f"))) == [
        {"driver": "nvidia", "device_ids": ["1", "GPU-8f"], "capabilities": ["gpu"]},
    ]


def test_processes_that_share_memory_get_more_of_it_than_docker_gives() -> None:
    assert "shm_size" not in service(Model("a"), "image")
    assert service(Model("a", workers=2), "image")["shm_size"] == "1g"
    assert service(Model("a", resources=Resources(gpus=2)), "image")["shm_size"] == "1g"
    asked = Resources(gpus=2, shm_size=2 << 30)
    assert service(Model("a", resources=asked), "image")["shm_size"] == "2g"


def test_the_start_period_is_twice_the_cold_start_that_95_of_100_did_not_exceed() -> None:
    assert start_period([]) == GUESSED_START_PERIOD
    assert start_period([0.1]) == 1.0
    assert start_period([float(one) for one in range(1, 101)]) == 190.0
