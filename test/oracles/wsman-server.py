# A WS-Management service whose login and seals are those of the system's GSSAPI: wsman-server.py. It prints its port, and
# answers Identify to whoever is logged in; the body of the answer names who that is.
import base64
import re
import struct
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import gssapi

KIND = b"application/HTTP-SPNEGO-session-encrypted"
EDGE = b"--Encrypted Boundary"
ANSWER = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"
 xmlns:i="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><s:Header/><s:Body><i:IdentifyResponse>
<i:ProtocolVersion>1</i:ProtocolVersion><i:ProductVendor>{}</i:ProductVendor>
<i:ProductVersion>{}</i:ProductVersion></i:IdentifyResponse></s:Body></s:Envelope>"""


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
            self.context = gssapi.SecurityContext(usage="accept")
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
        head, _, rest = body.partition(b"application/octet-stream\r\n")
        sealed = rest[: -len(EDGE + b"--\r\n")]
        assert rest.endswith(EDGE + b"--\r\n"), rest[-40:]
        size = struct.unpack("<I", sealed[:4])[0]
        clear = self.context.unwrap(sealed[4:])
        assert size == 16 and clear.encrypted, (size, clear)
        assert len(clear.message) == int(re.search(rb"Length=(\d+)", head).group(1))
        text = ANSWER.format(self.context.initiator_name, len(clear.message)).encode()
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
print(server.server_address[1], flush=True)
server.serve_forever()
