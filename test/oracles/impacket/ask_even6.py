#!/usr/bin/python3
"""ask_even6.py HOST MAPPER_PORT DOMAIN USER PASSWORD LEVEL XPATH: what impacket reads of a Windows event log over TCP, as JSON."""
import json
import sys

from impacket.dcerpc.v5 import epm, even6, transport
from impacket.dcerpc.v5.rpcrt import DCERPCException

host, port, domain, user, password, level, query = sys.argv[1:8]


def binding():
    mapper = transport.DCERPCTransportFactory("ncacn_ip_tcp:%s[%s]" % (host, port)).get_dce_rpc()
    mapper.connect()
    try:
        return epm.hept_map(host, even6.MSRPC_UUID_EVEN6, protocol="ncacn_ip_tcp", dce=mapper)
    finally:
        mapper.disconnect()


def events():
    link = transport.DCERPCTransportFactory(binding())
    link.set_credentials(user, password, domain)
    rpc = link.get_dce_rpc()
    rpc.set_credentials(*link.get_credentials())
    rpc.set_auth_level(int(level))
    rpc.connect()
    rpc.bind(even6.MSRPC_UUID_EVEN6)
    # Long enough for several fragments.
    answer = even6.hEvtRpcRegisterLogQuery(rpc, "Security\0", 0x101, query + " " * 8000 + "\0")
    found = []
    while True:
        ask = even6.EvtRpcQueryNext()
        ask["LogQuery"] = answer["Handle"]
        ask["NumRequestedRecords"] = 20
        ask["TimeOutEnd"] = 1000
        ask["Flags"] = 0
        try:
            results = rpc.request(ask)
        except DCERPCException as error:
            # ERROR_NO_MORE_ITEMS
            if error.get_error_code() != 259:
                raise
            break
        whole = b"".join(results["ResultBuffer"])
        places = [place["Data"] for place in results["EventDataIndices"]]
        sizes = [size["Data"] for size in results["EventDataSizes"]]
        found += [whole[at : at + size].hex() for at, size in zip(places, sizes)]
    even6.hEvtRpcClose(rpc, answer["Handle"])
    return found


try:
    print(json.dumps({"events": events()}))
except DCERPCException as error:
    print(json.dumps({"refused": str(error)}))
