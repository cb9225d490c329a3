#!/usr/bin/python3
"""tokens.py SMB.CONF: for every user the SIDs of its access token as Samba itself computes them, one JSON object.

Reads the database of the domain controller directly: no LDAP, so that nothing of what is tested is on this side.
"""
import json
import sys
from samba.auth import system_session, user_session
from samba.dcerpc import security
from samba.ndr import ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB

settings = LoadParm()
settings.load(sys.argv[1])
database = SamDB(session_info=system_session(), lp=settings, url=settings.private_path("sam.ldb"))
domain = str(database.get_domain_sid())
groups = {}
for each in database.search(database.domain_dn(), expression="(objectClass=group)", attrs=["objectSid", "sAMAccountName", "groupType"]):
    groups[str(ndr_unpack(security.dom_sid, each["objectSid"][0]))] = {
        "dn": str(each.dn),
        "name": str(each["sAMAccountName"]),
        "type": int(str(each["groupType"])),
    }
users = {}
for each in database.search(database.domain_dn(), expression="(&(objectCategory=person)(objectClass=user))", attrs=["sAMAccountName"]):
    session = user_session(database, lp_ctx=settings, dn=each.dn, session_info_flags=0)
    users[str(each["sAMAccountName"])] = {
        "dn": str(each.dn),
        "sids": [str(sid) for sid in session.security_token.sids],
    }
json.dump({"domain": domain, "groups": groups, "users": users}, sys.stdout)
