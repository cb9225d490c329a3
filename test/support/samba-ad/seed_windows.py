#!/usr/bin/python3
"""seed_windows.py SMB.CONF: the accounts that a collector without agents meets, offline."""
import sys
import time
from samba.auth import system_session
from samba.dsdb import DSDB_CONTROL_BYPASS_PASSWORD_HASH_OID
from samba.param import LoadParm
from samba.samdb import SamDB

service_password = "Svc-Passw0rd1"
user_password = "User-Passw0rd1"

settings = LoadParm()
settings.load(sys.argv[1])
database = SamDB(session_info=system_session(), lp=settings, url=settings.private_path("sam.ldb"))
base = database.domain_dn()


def file_time(seconds):
    return int((seconds + 11644473600) * 10_000_000)


def change(name, attribute, value, controls=None):
    dn = database.search(base, expression=f"(sAMAccountName={name})")[0].dn
    database.modify_ldif(f"dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n", controls)


database.transaction_start()
try:
    # Samba's session list and event log want an administrator; Windows is content with less.
    database.newuser("svc-fsso", service_password, userou="OU=Service", useusernameascn=True)
    database.add_remove_group_members("Administrators", ["svc-fsso"], add_members_operation=True)
    database.newuser("svc-weak", service_password, userou="OU=Service", useusernameascn=True)
    for number in range(1, 21):
        database.newuser(f"user{number:02d}", user_password, userou="OU=Staff", useusernameascn=True)
    for name in ("expired1", "locked1", "mustchange1", "pwexpired1", "elsewhere1", "hours1", "protected1"):
        database.newuser(name, user_password, userou="OU=Staff", useusernameascn=True)
    change("expired1", "accountExpires", file_time(time.time() - 86400))
    change("locked1", "lockoutTime", file_time(time.time()))
    change("mustchange1", "pwdLastSet", 0)
    # Older than the domain allows, which only Samba itself may write.
    change("pwexpired1", "pwdLastSet", file_time(time.time() - 100 * 86400), [f"local_oid:{DSDB_CONTROL_BYPASS_PASSWORD_HASH_OID}:0"])
    database.add_remove_group_members("Protected Users", ["protected1"], add_members_operation=True)
    change("elsewhere1", "userWorkstations", "OTHERPC")
    dn = database.search(base, expression="(sAMAccountName=hours1)")[0].dn
    database.modify_ldif(f"dn: {dn}\nchangetype: modify\nreplace: logonHours\nlogonHours:: {'A' * 28}\n")
    database.newcomputer("COLLECTOR")
    database.setpassword("(sAMAccountName=COLLECTOR$)", "Machine-Passw0rd-1", False)
    # A new computer is disabled until it joins.
    database.toggle_userAccountFlags("(sAMAccountName=COLLECTOR$)", 2, flags_str="Account Disabled", on=False, strict=False)
except BaseException:
    database.transaction_cancel()
    raise
database.transaction_commit()
