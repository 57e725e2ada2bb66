#!/usr/bin/env python3
"""Records the call on an extension over SOAP with zeep and saves it. Needs Debian's python3-zeep.

RECORDER_URL=https://recorder.example RECORDER_KEY=… python3 record-soap.py EXTENSION TAG USERNAME [SECONDS]
"""
import base64
import os
import re
import sys
import time
import urllib.parse

import requests
import zeep


def retrieve(recorder, tag, username):
    """Waits until the call is over and its audio is stored."""
    while True:
        try:
            return recorder.retrieve(tag, username)
        except zeep.exceptions.Fault as fault:
            if not re.search("in progress|not stored yet", fault.message):
                raise
            time.sleep(1)


def main(extension, tag, username, seconds="10"):
    session = requests.Session()
    session.auth = ("crm", os.environ["RECORDER_KEY"])  # any name: the key is the password
    address = os.environ["RECORDER_URL"] + "/servicemanager/services/njadmin-api-recording?wsdl=document"
    recorder = zeep.Client(address, transport=zeep.Transport(session=session)).service

    print("started:", recorder.start(extension, tag), flush=True)
    time.sleep(float(seconds))
    print("stopped:", recorder.stop(extension), flush=True)
    wav = base64.b64decode(retrieve(recorder, tag, username), validate=True)
    name = urllib.parse.quote(tag, safe="") + ".wav"  # a tag may hold any character, a slash included
    with open(name, "wb") as file:
        file.write(wav)
    print(f"retrieved: {name}, {len(wav)} bytes")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (zeep.exceptions.Error, requests.RequestException) as problem:
        sys.exit(str(problem))
