"""What each machine of the sprawl does all day: its load at any five minutes, the same whenever it is asked for.

Everything follows from the machine's Name and the time (UTC), so that two runs agree on the values that both have.
"""

import dataclasses
import hashlib
import math

STEP = 300  # seconds between values
HOUR, DAY = 3600, 86400


@dataclasses.dataclass(frozen=True)
class Load:
    """cpu: percent when nothing and when everything is going on, before the noise. memory: percent in use, in the middle.
    network, disk: megabytes a second, in and out or read and written, when everything is going on. busy: how much is going
    on at a time. since: how many hours ago the machine was started, if that is less than the two weeks."""

    cpu: tuple
    memory: float
    network: tuple
    disk: tuple
    busy: callable
    since: int = 14 * 24


# How much is going on, from 0 to 1, at a time in seconds since 1970.


def steady(time):
    """Blocks come at night, too."""
    return 0.9 + 0.1 * math.sin(2 * math.pi * time / DAY)


def by_day(time):
    """Customers, most of them in America: quiet at 8 UTC, busy at 20 UTC, less on weekends."""
    wave = 0.5 - 0.5 * math.cos(2 * math.pi * (time / HOUR - 8) / 24)
    return wave * (0.65 if is_weekend(time) else 1)


def office(time):
    """People who push commits."""
    hour = time / HOUR % 24
    return 0.02 if is_weekend(time) or not 8 <= hour < 18 else 1 - abs(hour - 13) / 8


def nightly(start, end):
    """A batch job between two hours of the day."""
    return lambda time: 1 if start <= time / HOUR % 24 < end else 0


def hourly(time):
    """Jobs at the full hour."""
    return 1 if time % HOUR < STEP else 0.1


def idle(_):
    return 0


def is_weekend(time):
    return (time // DAY + 3) % 7 >= 5  # 1 January 1970 was a Thursday


LOADS = {
    # Customers.
    "nginx-1": Load((3, 38), 21, (9, 9), (0, 0.4), by_day),
    "nginx-lb-2": Load((3, 33), 20, (8, 8), (0, 0.4), by_day),
    "api-prod-1": Load((6, 52), 71, (3, 5), (0, 0.5), by_day),
    "api-prod-2": Load((6, 50), 70, (3, 5), (0, 0.5), by_day),
    "api-prod3": Load((7, 61), 64, (3, 5), (0, 0.5), by_day),
    "graphql-prod-1": Load((5, 78), 34, (4, 6), (0, 0.3), by_day),
    "graphql-2": Load((5, 74), 33, (4, 6), (0, 0.3), by_day),
    "webhooks": Load((14, 46), 55, (0.4, 0.6), (0, 0.1), by_day),  # more than the credits of a t2.small
    "API-staging": Load((2, 9), 58, (0.02, 0.02), (0, 0.05), office),
    # Kafka. Brokers need memory for their pages, not the CPU.
    "kafka-1": Load((9, 27), 91, (14, 22), (3, 14), steady),
    "kafka-2": Load((9, 29), 92, (14, 23), (3, 14), steady),
    "kafka3": Load((6, 19), 88, (15, 24), (2, 15), steady),
    "zookeeper": Load((2, 4), 31, (0.05, 0.05), (0, 0.1), steady),
    "consumer-transfers-1": Load((20, 47), 44, (6, 5), (0, 0.1), steady),
    "consumer-transfers-2": Load((20, 45), 43, (6, 5), (0, 0.1), steady),
    "balances_consumer": Load((12, 31), 78, (3, 2), (0, 0.1), steady),
    "nft-consumer": Load((20, 48), 50, (2, 1), (0, 0.1), by_day),  # out of credits every evening
    "nft-consumer-v2": Load((15, 40), 47, (2, 1), (0, 0.1), by_day, since=21),  # too young to tell
    # Chains.
    "eth-indexer": Load((4, 13), 18, (4, 3), (0.2, 1), steady),  # a quarter of it would do
    "eth-archive-node": Load((18, 42), 94, (5, 8), (85, 30), steady),
    "btc-indexer": Load((3, 22), 37, (1, 0.5), (1, 2), steady),
    "solana-indexer": Load((80, 97), 63, (22, 14), (0.5, 3), steady),  # falls behind
    "polygon-indexer": Load((22, 49), 41, (3, 2), (0.1, 0.5), steady),
    "indexer-arbitrum": Load((12, 33), 52, (2, 1), (0.1, 0.4), steady),
    "bsc-indexer-old": Load((0.4, 0.4), 9, (0.001, 0.001), (0, 0), idle),
    "tron_indexer": Load((10, 26), 46, (1, 0.7), (0, 0.2), steady),
    "multi-chain-1": Load((35, 66), 76, (9, 6), (0.5, 2), steady),
    "reorg-watcher": Load((1, 2), 28, (0.1, 0.02), (0, 0), steady),
    "price-feed": Load((4, 9), 33, (0.3, 0.1), (0, 0), steady),
    "token-metadata": Load((3, 8), 86, (0.5, 0.8), (0, 0.1), by_day),
    # Databases.
    "postgres-main": Load((19, 58), 87, (7, 16), (40, 28), by_day),
    "pg-replica": Load((14, 44), 82, (6, 12), (25, 20), by_day),
    "redis-cache": Load((3, 11), 89, (8, 19), (0, 0), by_day),
    "clickhouse-01": Load((8, 71), 58, (12, 10), (120, 60), nightly(1, 6)),
    # Jobs.
    "cron-1": Load((2, 63), 39, (0.2, 0.3), (0, 0.3), hourly),
    "cron-new": Load((0.5, 30), 19, (0.01, 0.01), (0, 0), nightly(5, 5.25)),
    "nightly-export": Load((0.6, 93), 47, (40, 55), (30, 70), nightly(0.5, 5)),
    "rollups": Load((0.5, 81), 72, (25, 12), (2, 4), nightly(2, 6)),
    # Tools.
    "jenkins": Load((2, 88), 66, (6, 9), (4, 12), office),
    "bastion": Load((0.5, 2), 24, (0.01, 0.01), (0, 0), office),
    "vpn": Load((0.6, 6), 26, (0.3, 0.3), (0, 0), office),
    "nat-1": Load((3, 24), 17, (22, 22), (0, 0), by_day),
    "monitoring": Load((9, 17), 73, (1, 0.3), (0.5, 3), steady),
    "jake-test": Load((0.2, 0.2), 4, (0.001, 0.001), (0, 0), idle),
    "": Load((0.1, 0.1), 7, (0.001, 0.001), (0, 0), idle),  # the one without a name
}

# CPU credits: earned an hour, kept at most, vCPUs. A T2 without credits gets no more than it earns; a T3 or T4g goes on, and
# is paid for.
CREDITS = {
    "t2.micro": (6, 144, 1),
    "t2.small": (12, 288, 1),
    "t2.medium": (24, 576, 2),
    "t2.large": (36, 864, 2),
    "t3.micro": (12, 288, 2),
    "t3.small": (24, 576, 2),
    "t3.medium": (24, 576, 2),
    "t4g.micro": (12, 288, 2),
}


def noise(name, what, time):
    """A number from -1 to 1."""
    digest = hashlib.blake2b(f"{name}/{what}/{time}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**63 - 1


def wanted_cpu(name, time):
    """Percent of the CPU that the machine would use."""
    load, chance = LOADS[name], noise(name, "cpu", time)
    quiet, busy = load.cpu
    level = (quiet + (busy - quiet) * load.busy(time)) * (1 + 0.12 * chance)
    if chance > 0.99 and load.busy is by_day:
        level *= 1.7  # somebody's script
    return min(100.0, max(0.05, level))


def cpu_and_credits(name, kind, times):
    """Percent of the CPU and the credit balance (None if there are none) at each time; `kind` is the type of instance."""
    if kind not in CREDITS:
        return [wanted_cpu(name, time) for time in times], None
    earned, most, cores = CREDITS[kind]
    steps = HOUR / STEP
    baseline = earned / 60 / cores * 100
    # Four weeks before: long enough for every machine here to be full or empty once, after which the beginning doesn't matter.
    balance, cpu, balances = most / 2, {}, {}
    for time in range(times[0] - 28 * DAY, times[-1] + STEP, STEP):
        percent = wanted_cpu(name, time)
        if kind.startswith("t2.") and balance <= 0:
            percent = min(percent, baseline)
        spent = percent / 100 * cores * 60 / steps
        balance = min(most, max(0.0, balance + earned / steps - spent))
        cpu[time], balances[time] = percent, balance
    return [cpu[time] for time in times], [balances[time] for time in times]


def memory(name, time):
    """Percent of the memory in use."""
    load = LOADS[name]
    return min(99.0, load.memory * (1 + 0.06 * (load.busy(time) - 0.5)) + noise(name, "memory", time))


def disk_used(name, time):
    """Percent of the disk that it boots from."""
    return 30 + 25 * (noise(name, "disk", 0) + 1) + 3 * (time % (7 * DAY)) / (7 * DAY)


def bytes_moved(name, what, megabytes, time):
    """Bytes in the five minutes of a flow of so many megabytes a second when everything is going on."""
    share = 0.08 + 0.92 * LOADS[name].busy(time)
    return max(0.0, megabytes * 1e6 * STEP * share * (1 + 0.2 * noise(name, what, time)))
