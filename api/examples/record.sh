#!/bin/sh
# Records the call on an extension over REST and saves it. Needs curl and jq.
#   RECORDER_URL=https://recorder.example RECORDER_KEY=… sh record.sh EXTENSION TAG [SECONDS]
set -eu
extension=$1 tag=$2 seconds=${3:-10}

# request METHOD PATH [more of curl's arguments] leaves the answer in $answer. If the service refuses, its reason ends the program.
# The key goes to curl by standard input: what is on a command line, every user of the machine can read.
request() {
	method=$1 path=$2
	shift 2
	if ! answer=$(printf 'header = "Authorization: Bearer %s"\n' "$RECORDER_KEY" |
		curl --config - --silent --show-error --fail-with-body --max-time 30 --request "$method" "$@" "$RECORDER_URL$path" 2>&1); then
		printf '%s\n' "$answer" | head -1 | jq -r .detail 2>/dev/null || printf '%s\n' "$answer"
		exit 1
	fi >&2
}

request POST /v1/recordings --json "$(jq -n --arg channel "$extension" --arg tag "$tag" '$ARGS.named')"
id=$(printf %s "$answer" | jq -r .id)
echo "started: recording $id"

sleep "$seconds"
request POST "/v1/recordings/$id/stop"
echo "stopped: recording $id"

# There is no audio before the call is over and the file is stored.
until printf %s "$answer" | jq -e '.state == "failed" or (.state == "available" and .call_ended_at != null)' >/dev/null; do
	sleep 1
	request GET "/v1/recordings/$id"
done
printf %s "$answer" | jq 'if .state == "failed" then .failure.detail + "\n" | halt_error(1) else empty end'
request GET "/v1/recordings/$id/audio" --output "$id.wav"
echo "retrieved: $id.wav, $(($(wc -c <"$id.wav"))) bytes"
