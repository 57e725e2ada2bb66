"""zeep on every port of both WSDLs: see soap_test.go for what is printed and read."""
import pathlib
import sys
import time

import requests
import zeep

url, key, extension, uniqueid = sys.argv[1:]
address = url + "/servicemanager/services/njadmin-api-recording"
session = requests.Session()
session.auth = ("python", key)


def say(flavour, event, text=""):
    print(flavour, event, text, sep="\t", flush=True)


proxies = {}
for style in ("wsdl", "wsdl=document"):
    client = zeep.Client(address + "?" + style, transport=zeep.Transport(session=session))
    for service in client.wsdl.services.values():
        for port in service.ports.values():
            flavour = f"zeep-{style.replace('=', '-')}-{port.name}"
            proxies[flavour] = client.bind(service.name, port.name)
for flavour, proxy in proxies.items():
    try:
        say(flavour, "fault", "none: " + proxy.start("999", flavour))
    except zeep.exceptions.Fault as fault:
        say(flavour, "fault", fault.message)
    say(flavour, "start", proxy.start(extension, flavour))
    time.sleep(0.1)
    say(flavour, "stop", proxy.stop(extension))
session.auth = ("python", "wrong")
try:
    say("zeep", "denied", next(iter(proxies.values())).stop(extension))
except zeep.exceptions.Fault as fault:
    say("zeep", "denied", fault.message)
session.auth = ("python", key)
say("", "recorded")
sys.stdin.readline()
for flavour, proxy in proxies.items():
    pathlib.Path(flavour + ".retrieve").write_text(proxy.retrieve(flavour, "fred"))
    pathlib.Path(flavour + ".retrieveByUniqueId").write_text(proxy.retrieveByUniqueId(uniqueid, "fred"))
