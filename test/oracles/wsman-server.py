# A WS-Management service whose login and seals are those of the system's GSSAPI: wsman-server.py [CERTIFICATE KEY BINDING]. It prints
# its port, and answers to whoever is logged in: Identify with who that is, Enumerate with ten records in parts of two. Over TLS nothing
# is sealed, and a login has to name the channel: BINDING is the SHA-256 that it is known by, in hexadecimal.
import base64
import re
import ssl
import struct
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import gssapi
from gssapi.raw import ChannelBindings

KIND = b"application/HTTP-SPNEGO-session-encrypted"
EDGE = b"--Encrypted Boundary"
ANSWER = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><s:Header/><s:Body><i:IdentifyResponse>
<i:ProtocolVersion>1</i:ProtocolVersion><i:ProductVendor>{}</i:ProductVendor>
<i:ProductVersion>{}</i:ProductVersion></i:IdentifyResponse></s:Body></s:Envelope>"""

PART = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"
 xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd">
<s:Header><a:Action>{action}Response</a:Action><a:RelatesTo>{to}</a:RelatesTo></s:Header><s:Body><n:{kind}Response>
<n:EnumerationContext>{next}</n:EnumerationContext><{p}:Items>{items}</{p}:Items>{end}</n:{kind}Response></s:Body></s:Envelope>"""
ITEM = '<r:Win32_NTLogEvent xmlns:r="urn:r"><r:RecordNumber>{}</r:RecordNumber></r:Win32_NTLogEvent>'
SECURE = len(sys.argv) > 1
BINDING = b"tls-server-end-point:" + bytes.fromhex(sys.argv[3]) if SECURE else None


def answer_to(message, who):
    """What is said to a message in clear text."""
    action = re.search(r"Action[^>]*>([^<]+)<", message)
    if action is None:
        return ANSWER.format(who, len(message))
    kind = action.group(1).rsplit("/", 1)[1]
    given = re.search(r"EnumerationContext>(\d+)<", message)
    first = int(given.group(1)) if given else 10
    is_end = first == 2
    p = "n" if kind == "Pull" else "w"
    return PART.format(
        action=action.group(1),
        to=re.search(r"MessageID>([^<]+)<", message).group(1),
        kind=kind,
        next=first - 2,
        p=p,
        items=ITEM.format(first) + ITEM.format(first - 1),
        end=f"<{p}:EndOfSequence/>" if is_end else "",
    )


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    context = None

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme == "Negotiate":
            self.log_in(base64.b64decode(token))
        elif self.context is None or not self.context.complete:
            self.reply(401, WWW_Authenticate="Negotiate")
        else:
            self.answer(body)

    def log_in(self, token):
        if self.context is None:
            self.context = gssapi.SecurityContext(
                usage="accept", channel_bindings=ChannelBindings(application_data=BINDING) if SECURE else None
            )
        try:
            said = self.context.step(token) or b""
            # What went wrong in a step comes with the first look behind it.
            status = 200 if self.context.complete else 401
        except gssapi.exceptions.GSSError as error:
            print(error, file=sys.stderr, flush=True)
            self.context = None
            self.reply(401, WWW_Authenticate="Negotiate")
            return
        self.reply(status, WWW_Authenticate="Negotiate " + base64.b64encode(said).decode())

    def answer(self, body):
        if SECURE:
            text = answer_to(body.decode(), self.context.initiator_name)
            self.reply(200, text.encode(), Content_Type="application/soap+xml;charset=UTF-8")
            return
        head, _, rest = body.partition(b"application/octet-stream\r\n")
        sealed = rest[: -len(EDGE + b"--\r\n")]
        assert rest.endswith(EDGE + b"--\r\n"), rest[-40:]
        size = struct.unpack("<I", sealed[:4])[0]
        clear = self.context.unwrap(sealed[4:])
        assert size == 16 and clear.encrypted, (size, clear)
        assert len(clear.message) == int(re.search(rb"Length=(\d+)", head).group(1))
        text = answer_to(clear.message.decode(), self.context.initiator_name).encode()
        wrapped = self.context.wrap(text, True).message
        answer = (
            EDGE + b"\r\n\tContent-Type: " + KIND + b"\r\n"
            b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=" + str(len(text)).encode() + b"\r\n"
            + EDGE + b"\r\n\tContent-Type: application/octet-stream\r\n"
            + struct.pack("<I", len(wrapped) - len(text)) + wrapped + EDGE + b"--\r\n"
        )
        self.reply(
            200,
            answer,
            Content_Type='multipart/encrypted;protocol="%s";boundary="Encrypted Boundary"' % KIND.decode(),
        )


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if SECURE:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[1], sys.argv[2])
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_address[1], flush=True)
server.serve_forever()
