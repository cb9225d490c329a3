# Enumerates a query with pywinrm and prints its answers as a JSON list: wsman.py URL USER PASSWORD QUERY ITEMS
import json
import re
import sys
from xml.sax.saxutils import escape

from winrm.transport import Transport

url, user, password, query, items = sys.argv[1:]
transport = Transport(
    endpoint=url,
    username=user,
    password=password,
    auth_method="ntlm",
    message_encryption="auto",
    server_cert_validation="ignore",
)
transport.build_session()

addressing = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
enumeration = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"
wmi = "http://schemas.microsoft.com/wbem/wsman/1"


def ask(action, body):
    message = f"""<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="{addressing}"
 xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:n="{enumeration}"><s:Header><a:To>{url}</a:To>
<w:ResourceURI s:mustUnderstand="true">{wmi}/wmi/root/cimv2/*</w:ResourceURI>
<a:ReplyTo><a:Address>{addressing}/role/anonymous</a:Address></a:ReplyTo>
<a:Action s:mustUnderstand="true">{enumeration}/{action}</a:Action><a:MessageID>uuid:{action}</a:MessageID>
</s:Header><s:Body>{body}</s:Body></s:Envelope>"""
    answer = transport.send_message(message.encode())
    return answer if isinstance(answer, str) else answer.decode()


def context(answer):
    found = re.search("EnumerationContext>([^<]+)<", answer)
    return found.group(1) if found else None


answers = []
place = context(ask("Enumerate", f'<n:Enumerate><w:Filter Dialect="{wmi}/WQL">{escape(query)}</w:Filter></n:Enumerate>'))
while place:
    answers.append(
        ask(
            "Pull",
            f"<n:Pull><n:EnumerationContext>{place}</n:EnumerationContext><n:MaxElements>{items}</n:MaxElements></n:Pull>",
        )
    )
    place = context(answers[-1])
print(json.dumps(answers))
