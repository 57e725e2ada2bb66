<?php
// Records the call on an extension with PHP's SoapClient, and saves it. Needs Debian's php-soap.
//   RECORDER_URL=https://recorder.example RECORDER_KEY=… php record-soap.php EXTENSION TAG USERNAME [SECONDS]

[, $extension, $tag, $username] = $argv;
try {
    $recorder = new SoapClient(getenv('RECORDER_URL') . '/servicemanager/services/njadmin-api-recording?wsdl', [
        'login' => 'crm', // any name: the key is the password
        'password' => getenv('RECORDER_KEY'),
    ]);

    echo 'started: ', $recorder->start($extension, $tag), "\n";
    sleep((int) ($argv[4] ?? 10));
    echo 'stopped: ', $recorder->stop($extension), "\n";

    $wav = base64_decode(retrieve($recorder, $tag, $username), true);
    $file = rawurlencode($tag) . '.wav'; // a tag may hold any character, a slash included
    file_put_contents($file, $wav);
    echo "retrieved: $file, ", strlen($wav), " bytes\n";
} catch (SoapFault $fault) {
    fwrite(STDERR, $fault->getMessage() . "\n");
    exit(1);
}

// retrieve waits until the call is over and its audio is stored.
function retrieve(SoapClient $recorder, string $tag, string $username): string
{
    while (true) {
        try {
            return $recorder->retrieve($tag, $username);
        } catch (SoapFault $fault) {
            if (!preg_match('/in progress|not stored yet/', $fault->getMessage())) {
                throw $fault;
            }
            sleep(1);
        }
    }
}
