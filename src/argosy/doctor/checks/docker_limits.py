"""Whether containers can be limited in memory, CPUs and processes, and reach the network."""

from __future__ import annotations

from collections.abc import Sequence

from argosy.doctor.case import Case
from argosy.doctor.daemon import Daemon
from argosy.doctor.result import Result

GROUP = "docker"

NAME = "Limits of containers"
# Fields of GET /info; CPU limits have two, of which one counts.
LIMITS = {"MemoryLimit": "memory", "CpuCfsQuota": "cpus", "CPUSet": "cpuset", "PidsLimit": "pids"}
KERNEL = (
    "sudo sed -i 's/^GRUB_CMDLINE_LINUX=\"/&cgroup_enable=memory swapaccount=1 /' /etc/default/grub"
    " && sudo update-grub && sudo reboot"
)
DELEGATE = (
    "printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n'"
    " | sudo install -D /dev/stdin /etc/systemd/system/user@.service.d/delegate.conf"
    " && sudo systemctl daemon-reload"
)
FORWARD = (
    "echo net.ipv4.ip_forward=1 | sudo tee /etc/sysctl.d/90-docker.conf && sudo sysctl --system"
)


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    return judge(case.daemon)


def judge(daemon: Daemon) -> list[Result]:
    """What the daemon says that it can limit."""
    told = daemon.told
    if not daemon.answers or "ServerVersion" not in told:
        return []
    groups = f"control groups v{told.get('CgroupVersion', '1')}, driver {told.get('CgroupDriver')}"
    missing = [word for field, word in LIMITS.items() if not told.get(field)]
    if missing:
        why = "A model without limits takes what the others need; Docker starts it all the same."
        found = f"{', '.join(missing)} cannot be limited ({groups})"
        mend = DELEGATE if daemon.is_rootless else KERNEL
        results = [Result(NAME, "failure", found, why, mend)]
    else:
        results = [Result(NAME, "ok", f"{', '.join(LIMITS.values())} ({groups})")]
        if not told.get("SwapLimit"):
            why = "A model may swap beyond its memory, and then answers slowly instead of failing."
            results.append(
                Result("Swap of containers", "warning", "cannot be limited", why, KERNEL)
            )
    if not told.get("IPv4Forwarding", True):
        why = "No container reaches another machine, not even while its image is built."
        found = "the kernel forwards no packets"
        results.append(Result("Network of containers", "failure", found, why, FORWARD))
    return results
