#!/usr/bin/python3
"""seed_load.py SMB.CONF COUNT: further users U0, U1 ... of CORP, for a load, each in one of forty groups, all of which are in one more."""
import sys
from samba.auth import system_session
from samba.dsdb import GTYPE_SECURITY_GLOBAL_GROUP
from samba.param import LoadParm
from samba.samdb import SamDB

settings = LoadParm()
settings.load(sys.argv[1])
count = int(sys.argv[2])
groups = 40
database = SamDB(session_info=system_session(), lp=settings, url=settings.private_path("sam.ldb"))
base = database.domain_dn()
unit = f"OU=Load,{base}"

database.transaction_start()
try:
    database.add({"dn": unit, "objectClass": "organizationalUnit"})
    for number in range(count):
        name = f"U{number}"
        database.add({"dn": f"CN={name},{unit}", "objectClass": "user", "sAMAccountName": name})
    for number in range(groups):
        name = f"Load {number}"
        group = {"dn": f"CN={name},{unit}", "objectClass": "group", "sAMAccountName": name, "groupType": str(GTYPE_SECURITY_GLOBAL_GROUP)}
        inside = [f"CN=U{each},{unit}" for each in range(count) if each % groups == number]
        database.add({**group, "member": inside} if inside else group)
    database.add({
        "dn": f"CN=Load,{unit}", "objectClass": "group", "sAMAccountName": "Load",
        "groupType": str(GTYPE_SECURITY_GLOBAL_GROUP), "member": [f"CN=Load {number},{unit}" for number in range(groups)],
    })
except BaseException:
    database.transaction_cancel()
    raise
database.transaction_commit()
