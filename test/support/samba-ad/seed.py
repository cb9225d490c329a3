#!/usr/bin/python3
"""Fills a freshly provisioned domain, offline: one process, far quicker than samba-tool for each object.

seed.py SMB.CONF: users and groups with every name that is hard to write, nested four deep.
"""
import sys
from samba.auth import system_session
from samba.dsdb import GTYPE_SECURITY_DOMAIN_LOCAL_GROUP, GTYPE_SECURITY_GLOBAL_GROUP, GTYPE_SECURITY_UNIVERSAL_GROUP
from samba.dsdb import GTYPE_DISTRIBUTION_GLOBAL_GROUP
from samba.param import LoadParm
from samba.samdb import SamDB

many = 620
user_password = "User-Passw0rd1"
# Of the account that a collector logs in with: another one, so that a test can tell where each of the two goes.
service_password = "Service-Passw0rd2"

settings = LoadParm()
settings.load(sys.argv[1])
database = SamDB(session_info=system_session(), lp=settings, url=settings.private_path("sam.ldb"))
base = database.domain_dn()


def escape(value):
    """RFC 4514."""
    text = "".join("\\" + c if c in ',+"\\<>;=' else c for c in value)
    return "\\" + text if text[:1] in "# " else text


def group(name, kind=GTYPE_SECURITY_GLOBAL_GROUP, account=None):
    database.add({
        "dn": f"CN={escape(name)},OU=Groups,{base}",
        "objectClass": "group",
        "sAMAccountName": account or name,
        "groupType": str(kind),
    })


def user(name, ou="OU=Staff", common_name=None, password=user_password):
    database.newuser(name, password, userou=ou, useusernameascn=True)
    if common_name is not None:
        database.rename(f"CN={name},{ou},{base}", f"CN={escape(common_name)},{ou},{base}")


def members(name, *who):
    database.add_remove_group_members(name, list(who), add_members_operation=True)


database.transaction_start()
try:
    for ou in ("Staff", "Groups", "Service", "Many"):
        database.add({"dn": f"OU={ou},{base}", "objectClass": "organizationalUnit"})
    database.add({"dn": f"OU=R\\+D\\, Nord,OU=Staff,{base}", "objectClass": "organizationalUnit"})

    # Oncall in Backend in Engineering in All-Staff; a local group and a universal one among them.
    for name in ("All-Staff", "Engineering", "Backend", "Oncall", "Sales", "Empty"):
        group(name)
    group("Printers", GTYPE_SECURITY_DOMAIN_LOCAL_GROUP)
    group("Everywhere", GTYPE_SECURITY_UNIVERSAL_GROUP)
    group("Newsletter", GTYPE_DISTRIBUTION_GLOBAL_GROUP)
    # A comma and a plus sign may stand in a common name, not in an account name of Windows.
    group("Wi-Fi, Guests", account="Wi-Fi Guests")
    group("R+D", account="R-D")
    group('"Quoted" <Group>', account="Quoted")
    group("Paren (Star*) \\Back", account="Paren (Star)")
    group("#Hash; = Sign", account="Hash Sign")
    group("Bürogemeinschaft 東京")
    group("Loop-A")
    group("Loop-B")

    user("anna")
    user("bob", ou="OU=R\\+D\\, Nord,OU=Staff")
    user("jürgen")
    user("o.neil", common_name="O'Neil (Paren) *Star*, \"Q\" + Co")
    user("東京")
    user("nobody")
    user("primary")
    user("disabled1")
    database.disable_account("(sAMAccountName=disabled1)")
    user("svc-ldap", ou="OU=Service", password=service_password)

    members("Oncall", "anna", "bob")
    members("Backend", "Oncall", "jürgen")
    members("Engineering", "Backend")
    members("All-Staff", "Engineering", "Sales")
    members("Printers", "All-Staff", "o.neil")
    members("Everywhere", "anna", "Sales")
    members("Newsletter", "anna")
    members("Sales", "o.neil", "primary")
    for each in ("Wi-Fi Guests", "R-D", "Quoted", "Paren (Star)", "Hash Sign", "Bürogemeinschaft 東京"):
        members(each, "o.neil", "東京")
    members("Loop-A", "Loop-B", "nobody")
    members("Loop-B", "Loop-A")

    # Whose primary group is not Domain Users.
    sales = database.search(base, expression="(sAMAccountName=Sales)", attrs=["primaryGroupToken"])[0]
    primary = database.search(base, expression="(sAMAccountName=primary)")[0].dn
    database.modify_ldif(f"dn: {primary}\nchangetype: modify\nreplace: primaryGroupID\nprimaryGroupID: {sales['primaryGroupToken']}\n")

    # Somebody of another domain in a local group of this one: a foreign security principal.
    database.add_remove_group_members("Printers", ["S-1-5-21-1111111111-2222222222-3333333333-1105"], add_members_operation=True)

    for number in range(many):
        database.add({"dn": f"CN=many{number:04d},OU=Many,{base}", "objectClass": "contact"})
except BaseException:
    database.transaction_cancel()
    raise
database.transaction_commit()
