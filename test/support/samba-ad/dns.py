#!/usr/bin/python3
"""dns.py SMB.CONF HOST [NAME TYPE DATA]...: adds records to the DNS of the running domain controller, over its RPC.

A name below in-addr.arpa is written whole; its zone is made where it is missing.
"""
import sys
from samba import WERRORError, werror
from samba.credentials import Credentials
from samba.dcerpc import dnsp, dnsserver
from samba.netcmd.dns import data_to_dns_record, dns_connect
from samba.param import LoadParm

settings = LoadParm()
settings.load(sys.argv[1])
host, records = sys.argv[2], sys.argv[3:]
login = Credentials()
login.guess(settings)
login.set_username("Administrator")
login.set_domain("CORP")
login.set_password("Adm1n-Passw0rd!")
server = dns_connect(host, settings, login)


def make_zone(name):
    zone = dnsserver.DNS_RPC_ZONE_CREATE_INFO_LONGHORN()
    zone.pszZoneName = name
    zone.dwZoneType = dnsp.DNS_ZONE_TYPE_PRIMARY
    zone.fAllowUpdate = dnsp.DNS_ZONE_UPDATE_UNSECURE
    zone.dwDpFlags = dnsserver.DNS_DP_DOMAIN_DEFAULT
    try:
        server.DnssrvOperation2(
            dnsserver.DNS_CLIENT_VERSION_LONGHORN, 0, host, None, 0, "ZoneCreate", dnsserver.DNSSRV_TYPEID_ZONE_CREATE, zone)
    except WERRORError as error:
        if error.args[0] != werror.WERR_DNS_ERROR_ZONE_ALREADY_EXISTS:
            raise


for name, kind, data in zip(records[::3], records[1::3], records[2::3]):
    zone = "corp.example"
    if name.endswith(".in-addr.arpa"):
        name, zone = name.split(".", 1)
        make_zone(zone)
    record = dnsserver.DNS_RPC_RECORD_BUF()
    record.rec = data_to_dns_record(getattr(dnsp, "DNS_TYPE_" + kind), data)
    try:
        server.DnssrvUpdateRecord2(dnsserver.DNS_CLIENT_VERSION_LONGHORN, 0, host, zone, name, record, None)
    except WERRORError as error:
        if error.args[0] != werror.WERR_DNS_ERROR_RECORD_ALREADY_EXISTS:
            raise
