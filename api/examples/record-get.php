<?php
// Records the call on an extension by plain GETs to the legacy address, and saves it. Needs nothing but PHP.
//   RECORDER_URL=https://recorder.example RECORDER_KEY=… php record-get.php EXTENSION TAG USERNAME [SECONDS]

// ask calls a method of the Recording API and returns [status, id of the recording, text].
function ask(string $method, array $parameters): array
{
    $query = http_build_query(['method' => $method] + $parameters);
    $text = file_get_contents(getenv('RECORDER_URL') . '/servicemanager/services/njadmin-api-recording?' . $query, false, stream_context_create([
        'http' => [
            'header' => 'Authorization: Bearer ' . getenv('RECORDER_KEY'),
            'ignore_errors' => true, // else the service's reason is lost
            'timeout' => 30,
        ],
    ]));
    if ($text === false) {
        fwrite(STDERR, "the recording service does not answer\n");
        exit(1);
    }
    $status = (int) explode(' ', $http_response_header[0])[1];
    $id = preg_filter('/^x-recording-id: */i', '', $http_response_header);
    return [$status, reset($id), $text];
}

// insist is ask for what must work: what the service says instead ends the program.
function insist(array $answer): array
{
    [$status, , $text] = $answer;
    if ($status !== 200) {
        fwrite(STDERR, "$status: $text");
        exit(1);
    }
    return $answer;
}

[, $extension, $tag, $username] = $argv;
[, $id] = insist(ask('start', ['extenOrUniqueId' => $extension, 'tag' => $tag]));
echo "started: recording $id\n";

sleep((int) ($argv[4] ?? 10));
[, $id] = insist(ask('stop', ['extenOrUniqueId' => $extension]));
echo "stopped: recording $id\n";

// 409: the call is not over yet. 503: the audio is not stored yet.
while (in_array(($answer = ask('retrieve', ['tag' => $tag, 'username' => $username]))[0], [409, 503])) {
    sleep(1);
}
[, $id, $text] = insist($answer);
file_put_contents("$id.wav", $wav = base64_decode($text, true));
echo "retrieved: $id.wav, ", strlen($wav), " bytes\n";
