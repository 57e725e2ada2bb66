#!/usr/bin/env python3
"""Records the call on an extension over REST and saves it. Needs Debian's python3-requests.

RECORDER_URL=https://recorder.example RECORDER_KEY=… python3 record.py EXTENSION TAG [SECONDS]
"""
import os
import sys
import time
import uuid

import requests


class Recorder:
    def __init__(self, url, key):
        self.url = url
        self.session = requests.Session()
        self.session.headers["Authorization"] = "Bearer " + key

    def request(self, method, path, **more):
        """Returns the answer; a refusal is raised with the service's own words."""
        response = self.session.request(method, self.url + path, timeout=30, **more)
        if not response.ok:
            try:
                problem = response.json()  # RFC 9457; program against code, show detail to people
                reason = f"{problem['code']}: {problem['detail']}"
            except (ValueError, KeyError):  # somebody on the way has answered in the service's stead
                reason = f"{response.status_code} {response.reason}"
            raise RuntimeError(reason)
        return response

    def start(self, extension, tag):
        """Once the service has answered, it records. With the same Idempotency-Key a request may be repeated when its answer
        was lost: it starts nothing twice, not even if the first recording has ended meanwhile."""
        once = {"Idempotency-Key": str(uuid.uuid4())}
        body = {"channel": extension, "tag": tag}
        for patience in range(3):
            try:
                return self.request("POST", "/v1/recordings", json=body, headers=once).json()
            except requests.ConnectionError:
                if patience == 2:
                    raise
                time.sleep(1)

    def stop(self, id):
        return self.request("POST", f"/v1/recordings/{id}/stop").json()

    def wait(self, id):
        """There is no audio before the call is over and the file is stored."""
        while True:
            recording = self.request("GET", f"/v1/recordings/{id}").json()
            if recording["state"] == "failed":
                raise RuntimeError(recording["failure"]["detail"])
            if recording["state"] == "available" and recording["call_ended_at"]:
                return recording
            time.sleep(1)

    def audio(self, id):
        return self.request("GET", f"/v1/recordings/{id}/audio").content


def main(extension, tag, seconds="10"):
    recorder = Recorder(os.environ["RECORDER_URL"], os.environ["RECORDER_KEY"])
    id = recorder.start(extension, tag)["id"]
    print("started: recording", id, flush=True)
    time.sleep(float(seconds))
    recorder.stop(id)
    print("stopped: recording", id, flush=True)
    recording = recorder.wait(id)
    with open(f"{id}.wav", "wb") as file:
        file.write(recorder.audio(id))
    print(f"retrieved: {id}.wav, {recording['size']} bytes")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (RuntimeError, requests.RequestException) as problem:
        sys.exit(str(problem))
