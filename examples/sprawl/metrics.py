#!/usr/bin/env python3
"""Puts two weeks of metrics of the sprawl's machines into the CloudWatch of an emulator.

    metrics.py --endpoint http://127.0.0.1:5000 [--end 2026-01-15T00:00]

CPUUtilization for every machine, CPUCreditBalance for T types, NetworkIn and NetworkOut, bytes read and written on EBS for the
types that tell them (those on Nitro), and, where the user data installs CloudWatch's agent, memory and disk in use. What they
are is in loads.py. They end at the last full hour or at --end; values that are there already are not put again.

CPU and memory have a value for every five minutes, as machines without detailed monitoring have, because sizes are found from
their percentiles, and an hour's average hides a peak. The others are put by the hour, as statistic sets of their twelve values
(sum, least, greatest): that is all that is ever asked of them, and a third of the time.

Needs boto3. AWS itself takes no metrics in its own namespaces, so this is for emulators only.
"""

import argparse
import base64
import datetime
import itertools
import sys
import time

import boto3
import botocore.config
from loads import HOUR, LOADS, STEP, bytes_moved, cpu_and_credits, disk_used, memory

REGION = "us-east-1"
AGENT = b"amazon-cloudwatch-agent"
NITRO = ("c5", "m5", "r5", "t3", "t4g")
# What CloudWatch takes and gives at once.
PUT_AT_ONCE = 1000
POINTS_AT_ONCE, QUERIES_AT_ONCE = 100_800, 500


class Series:
    """A metric of a machine: its name in CloudWatch, and its values by time, one for every `period` seconds."""

    def __init__(self, namespace, metric, dimensions, unit, period, values):
        self.namespace, self.metric, self.unit, self.period, self.values = namespace, metric, unit, period, values
        self.dimensions = [{"Name": name, "Value": value} for name, value in dimensions.items()]

    def query(self, number):
        metric = {"Namespace": self.namespace, "MetricName": self.metric, "Dimensions": self.dimensions}
        return {"Id": f"q{number}", "MetricStat": {"Metric": metric, "Period": self.period, "Stat": "SampleCount"}}

    def data(self, there):
        """What PutMetricData takes, without the times in `there`."""
        for at, value in self.values.items():
            if at not in there:
                when = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
                name = {"MetricName": self.metric, "Dimensions": self.dimensions, "Timestamp": when, "Unit": self.unit}
                yield {**name, **({"StatisticValues": value} if isinstance(value, dict) else {"Value": value})}


def every_five_minutes(times, values):
    return STEP, {at: round(value, 3) for at, value in zip(times, values)}


def by_hour(times, values):
    """Statistic sets."""
    hours = {}
    for at, value in zip(times, values):
        hours.setdefault(at - at % HOUR, []).append(round(value, 3))
    sets = {
        hour: {"SampleCount": len(of), "Sum": sum(of), "Minimum": min(of), "Maximum": max(of)} for hour, of in hours.items()
    }
    return HOUR, sets


def machines(ec2):
    """Id, Name, type, and whether the agent runs, of all that is running."""
    pages = ec2.get_paginator("describe_instances").paginate(Filters=[{"Name": "instance-state-name", "Values": ["running"]}])
    for instance in (i for page in pages for reservation in page["Reservations"] for i in reservation["Instances"]):
        name = next((tag["Value"] for tag in instance.get("Tags", []) if tag["Key"] == "Name"), "")
        data = ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute="userData")
        script = base64.b64decode(data["UserData"].get("Value", ""))
        yield instance["InstanceId"], name, instance["InstanceType"], AGENT in script


def series_of(machine, name, kind, has_agent, end):
    """All metrics of a machine."""
    load, of_machine = LOADS[name], {"InstanceId": machine}
    times = range(end - load.since * HOUR, end, STEP)
    cpu, credits = cpu_and_credits(name, kind, times)
    yield Series("AWS/EC2", "CPUUtilization", of_machine, "Percent", *every_five_minutes(times, cpu))
    if credits:
        yield Series("AWS/EC2", "CPUCreditBalance", of_machine, "Count", *by_hour(times, credits))
    flows = {"NetworkIn": load.network[0], "NetworkOut": load.network[1]}
    if kind.startswith(NITRO):
        flows |= {"EBSReadBytes": load.disk[0], "EBSWriteBytes": load.disk[1]}
    for metric, rate in flows.items():
        moved = [bytes_moved(name, metric, rate, at) for at in times]
        yield Series("AWS/EC2", metric, of_machine, "Bytes", *by_hour(times, moved))
    if has_agent:
        in_use = [memory(name, at) for at in times]
        yield Series("CWAgent", "mem_used_percent", of_machine, "Percent", *every_five_minutes(times, in_use))
        full = [disk_used(name, at) for at in times]
        yield Series("CWAgent", "disk_used_percent", of_machine, "Percent", *by_hour(times, full))


def times_there(cloudwatch, all_series, end):
    """The times for which each series has values already."""
    there = []
    for period, group in itertools.groupby(all_series, key=lambda series: series.period):
        of_period = list(group)
        longest = max(len(series.values) for series in of_period)
        for batch in batches(of_period, min(QUERIES_AT_ONCE, POINTS_AT_ONCE // longest)):
            results = {f"q{number}": set() for number in range(len(batch))}
            pages = cloudwatch.get_paginator("get_metric_data").paginate(
                MetricDataQueries=[series.query(number) for number, series in enumerate(batch)],
                StartTime=end - longest * period,
                EndTime=end,
            )
            for result in (result for page in pages for result in page["MetricDataResults"]):
                results[result["Id"]].update(int(at.timestamp()) for at in result["Timestamps"])
            there.extend(results.values())
    return there


def batches(iterable, size):
    iterator = iter(iterable)
    while batch := list(itertools.islice(iterator, size)):
        yield batch


def put(cloudwatch, all_series, there):
    """Puts what is not there; how many values that were."""
    count = 0
    for namespace in sorted({series.namespace for series in all_series}):
        data = (
            datum
            for series, times in zip(all_series, there)
            if series.namespace == namespace
            for datum in series.data(times)
        )
        for batch in batches(data, PUT_AT_ONCE):
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=batch)
            count += len(batch)
    return count


def utc(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--endpoint", required=True, help="the address of the emulator")
    parser.add_argument("--end", type=utc, help="where the two weeks end, UTC (default: the last full hour)")
    args = parser.parse_args()
    begun = time.monotonic()
    # Whatever credentials there are stay out of this: an emulator takes any.
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="b", region_name=REGION)
    plain = botocore.config.Config(disable_request_compression=True)  # not every emulator takes the other kind
    cloudwatch = session.client("cloudwatch", endpoint_url=args.endpoint, config=plain)
    end = int(args.end.timestamp() if args.end else time.time()) // HOUR * HOUR
    known, all_series = 0, []
    for machine, name, kind, has_agent in machines(session.client("ec2", endpoint_url=args.endpoint)):
        if name not in LOADS:
            print(f"{machine} ({name}) is not of the sprawl: left alone.")
            continue
        known += 1
        all_series += series_of(machine, name, kind, has_agent, end)
    if not known:
        sys.exit("There are no machines of the sprawl. Apply it first, and give the same endpoint here.")
    if known < len(LOADS):
        print(f"{len(LOADS) - known} machines of the sprawl are not there.")
    all_series.sort(key=lambda series: series.period)
    count = put(cloudwatch, all_series, times_there(cloudwatch, all_series, end))
    whole = sum(len(series.values) for series in all_series)
    print(
        f"{known} machines, {len(all_series)} metrics: {count:,} values put, {whole - count:,} were there. "
        f"{time.monotonic() - begun:.0f} s"
    )


if __name__ == "__main__":
    main()
