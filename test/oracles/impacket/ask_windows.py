#!/usr/bin/python3
"""ask_windows.py HOST PORT DOMAIN USER PASSWORD [XPATH]: what impacket reads of a Windows machine over SMB, as JSON."""
import json
import struct
import sys

from impacket.dcerpc.v5 import even, even6, rrp, srvs, transport, wkst
from impacket.dcerpc.v5.dtypes import NULL
from impacket.dcerpc.v5.rpcrt import DCERPCException

host, port, domain, user, password = sys.argv[1:6]


def bound(pipe, interface):
    link = transport.SMBTransport(host, int(port), "\\" + pipe, user, password, domain)
    rpc = link.get_dce_rpc()
    rpc.connect()
    rpc.bind(interface)
    return rpc


def text(value):
    return value.rstrip("\0")


def sessions(level):
    rpc = bound("srvsvc", srvs.MSRPC_UUID_SRVS)
    try:
        answer = srvs.hNetrSessionEnum(rpc, NULL, NULL, level)
    except DCERPCException as error:
        return error.get_error_code()
    rows = answer["InfoStruct"]["SessionInfo"]["Level%d" % level]["Buffer"]
    key = "sesi%d_" % level
    return [
        {
            "client": text(row[key + "cname"]),
            "user": text(row[key + "username"]),
            "activeSeconds": row[key + "time"],
            "idleSeconds": row[key + "idle_time"],
        }
        for row in rows
    ]


def users():
    rpc = bound("wkssvc", wkst.MSRPC_UUID_WKST)
    try:
        answer = wkst.hNetrWkstaUserEnum(rpc, 1)
    except DCERPCException as error:
        return error.get_error_code()
    return [
        {
            "user": text(row["wkui1_username"]),
            "domain": text(row["wkui1_logon_domain"]),
            "logonServer": text(row["wkui1_logon_server"]),
        }
        for row in answer["UserInfo"]["WkstaUserInfo"]["Level1"]["Buffer"]
    ]


def hives():
    rpc = bound("winreg", rrp.MSRPC_UUID_RRP)
    try:
        key = rrp.hOpenUsers(rpc)["phKey"]
    except DCERPCException as error:
        return error.get_error_code()
    names = []
    while True:
        try:
            names.append(text(rrp.hBaseRegEnumKey(rpc, key, len(names))["lpNameOut"]))
        except DCERPCException as error:
            # ERROR_NO_MORE_ITEMS
            if error.get_error_code() != 259:
                raise
            rrp.hBaseRegCloseKey(rpc, key)
            return names


def cut(records):
    at = 0
    while at < len(records):
        head = struct.unpack_from("<LLLLLLHHHHLLLLLL", records, at)
        length, _, number, generated, written, event, kind, count = head[:8]
        raw = records[at : at + length]
        at += length

        def string(place):
            end = place
            while raw[end : end + 2] != b"\0\0":
                end += 2
            return raw[place:end].decode("utf-16le", "surrogatepass"), end + 2

        source, after = string(56)
        strings, place = [], head[11]
        for _ in range(count):
            found, place = string(place)
            strings.append(found)
        yield {
            "record": number,
            "generated": generated,
            "written": written,
            "id": event & 0xFFFF,
            "type": kind,
            "source": source,
            "computer": string(after)[0],
            "strings": strings,
        }


def log():
    rpc = bound("eventlog", even.MSRPC_UUID_EVEN)
    try:
        handle = even.hElfrOpenELW(rpc, "Security\0")["LogHandle"]
    except DCERPCException as error:
        return error.get_error_code()
    count = even.hElfrNumberOfRecords(rpc, handle)["NumberOfRecords"]
    oldest = even.hElfrOldestRecordNumber(rpc, handle)["OldestRecordNumber"]
    records, at = [], oldest
    while True:
        ask = even.ElfrReadELW()
        ask["LogHandle"] = handle
        # EVENTLOG_SEEK_READ and EVENTLOG_FORWARDS_READ
        ask["ReadFlags"] = 2 | 4
        ask["RecordOffset"] = at
        ask["NumberOfBytesToRead"] = 65536
        answer = rpc.request(ask, checkError=False)
        used = answer["NumberOfBytesRead"]
        found = list(cut(b"".join(answer["Buffer"])[:used]))
        if answer["ErrorCode"] != 0 or not found:
            break
        records += found
        at = found[-1]["record"] + 1
    return {"count": count, "oldest": oldest, "records": records}


def even6_events(query):
    rpc = bound("eventlog", even6.MSRPC_UUID_EVEN6)
    try:
        answer = even6.hEvtRpcRegisterLogQuery(rpc, "Security\0", 0x101, query + "\0")
    except DCERPCException as error:
        return error.get_error_code()
    ask = even6.EvtRpcQueryNext()
    ask["LogQuery"] = answer["Handle"]
    ask["NumRequestedRecords"] = 20
    ask["TimeOutEnd"] = 1000
    ask["Flags"] = 0
    results = rpc.request(ask)
    even6.hEvtRpcClose(rpc, answer["Handle"])
    whole = b"".join(results["ResultBuffer"])
    places = [place["Data"] for place in results["EventDataIndices"]]
    sizes = [size["Data"] for size in results["EventDataSizes"]]
    return [whole[at : at + size].hex() for at, size in zip(places, sizes)]


print(
    json.dumps(
        {
            "sessions": {level: sessions(level) for level in (1, 10, 502)},
            "users": users(),
            "hives": hives(),
            "log": log(),
            "even6": even6_events(sys.argv[6]) if len(sys.argv) > 6 else None,
        }
    )
)
