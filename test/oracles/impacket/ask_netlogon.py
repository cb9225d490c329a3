"""ask_netlogon.py PORT DOMAIN MACHINE MACHINE_PASSWORD USER PASSWORD: has a domain controller's Netlogon on 127.0.0.1 judge an NTLM answer that
impacket makes, over a secure channel by AES, and prints what it said as JSON."""
import hashlib
import hmac
import json
import os
import struct
import sys

from Cryptodome.Cipher import AES
from impacket import ntlm
from impacket.dcerpc.v5 import epm, nrpc, transport
from impacket.dcerpc.v5.dtypes import NULL
from impacket.dcerpc.v5.rpcrt import RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_AUTHN_NETLOGON

port, domain, machine, machine_password, user, password = sys.argv[1:]
binding = 'ncacn_ip_tcp:127.0.0.1[%s]' % port


def cfb8(key, iv):
    return AES.new(key, AES.MODE_CFB, iv, segment_size=8)


def checksum(key, head, confounder, clear):
    return hmac.new(key, head + confounder + clear, hashlib.sha256).digest()[:8]


# impacket seals by RC4 and MD5 alone, which no domain controller of today takes: MS-NRPC 3.3.4.2 by AES, as Samba has it.
def seal(clear, _confounder, count, key, _aes=True):
    head = struct.pack('<HHHH', 0x13, 0x1A, 0xFFFF, 0)
    confounder = os.urandom(8)
    number = struct.pack('>LL', count, 0x80000000)
    proof = checksum(key, head, confounder, bytes(clear))
    cipher = cfb8(bytes(byte ^ 0xF0 for byte in key), number * 2)
    hidden = cipher.encrypt(confounder)
    return cipher.encrypt(bytes(clear)), head + cfb8(key, proof * 2).encrypt(number) + proof + hidden + bytes(24)


def unseal(sealed, signature, key, _aes=True):
    signature = bytes(signature)
    proof = signature[16:24]
    number = cfb8(key, proof * 2).decrypt(signature[8:16])
    cipher = cfb8(bytes(byte ^ 0xF0 for byte in key), number * 2)
    confounder = cipher.decrypt(signature[24:32])
    clear = cipher.decrypt(bytes(sealed))
    assert checksum(key, signature[:8], confounder, clear) == proof, 'a reply with a wrong checksum'
    assert number[4:] == bytes(4), 'a reply that is marked as a request'
    return clear, confounder


nrpc.SEAL, nrpc.UNSEAL = seal, unseal


def connected():
    dce = transport.DCERPCTransportFactory(binding).get_dce_rpc()
    dce.connect()
    return dce


mapper = connected()
mapped = epm.hept_map('127.0.0.1', nrpc.MSRPC_UUID_NRPC, protocol='ncacn_ip_tcp', dce=mapper)

plain = connected()
plain.bind(nrpc.MSRPC_UUID_NRPC)
ours = os.urandom(8)
theirs = bytes(nrpc.hNetrServerReqChallenge(plain, NULL, machine + '\0', ours)['ServerChallenge'])
key = nrpc.ComputeSessionKeyAES(machine_password, ours, theirs)
shown = cfb8(key, bytes(16)).encrypt(ours)
kind = nrpc.NETLOGON_SECURE_CHANNEL_TYPE.WorkstationSecureChannel
agreed = nrpc.hNetrServerAuthenticate3(plain, NULL, machine + '$\0', kind, machine + '\0', shown, 0x612FFFFF)

channel = transport.DCERPCTransportFactory(binding)
channel.set_credentials(machine + '$', '', domain)
sealed = channel.get_dce_rpc()
sealed.set_auth_type(RPC_C_AUTHN_NETLOGON)
sealed.set_auth_level(RPC_C_AUTHN_LEVEL_PKT_PRIVACY)
sealed.connect()
sealed.set_session_key(key)
sealed.bind(nrpc.MSRPC_UUID_NRPC)


def judged(name, secret):
    nonce = os.urandom(8)
    facts = ntlm.AV_PAIRS()
    facts[ntlm.NTLMSSP_AV_DOMAINNAME] = domain.encode('utf-16le')
    facts[ntlm.NTLMSSP_AV_HOSTNAME] = machine.encode('utf-16le')
    nt, lm, _ = ntlm.computeResponseNTLMv2(
        0, nonce, os.urandom(8), facts.getData(), domain, name, secret, use_ntlmv2=True
    )
    question = nrpc.NetrLogonSamLogonEx()
    level = nrpc.NETLOGON_LOGON_INFO_CLASS.NetlogonNetworkInformation
    question['LogonServer'] = '\0'
    question['ComputerName'] = machine + '\0'
    question['LogonLevel'] = level
    question['LogonInformation']['tag'] = level
    logon = question['LogonInformation']['LogonNetwork']
    logon['Identity']['LogonDomainName'] = domain
    logon['Identity']['ParameterControl'] = 0
    logon['Identity']['UserName'] = name
    logon['Identity']['Workstation'] = 'WS09'
    logon['LmChallenge'] = nonce
    logon['NtChallengeResponse'] = nt
    logon['LmChallengeResponse'] = lm
    question['ValidationLevel'] = nrpc.NETLOGON_VALIDATION_INFO_CLASS.NetlogonValidationSamInfo4
    question['ExtraFlags'] = 0
    try:
        said = sealed.request(question)['ValidationInformation']['ValidationSam4']
    except nrpc.DCERPCSessionError as error:
        return {'status': error.get_error_code()}
    return {
        'status': 0,
        'user': said['EffectiveName'],
        'domain': said['LogonDomainName'],
        'groups': [group['RelativeId'] for group in said['GroupIds']],
    }


print(
    json.dumps(
        {
            'mapped': mapped,
            'flags': agreed['NegotiateFlags'],
            'isTheController': cfb8(key, bytes(16)).encrypt(theirs) == bytes(agreed['ServerCredential']),
            'right': judged(user, password),
            'wrong': judged(user, password + '!'),
            'unknown': judged('nobody', password),
        }
    )
)
