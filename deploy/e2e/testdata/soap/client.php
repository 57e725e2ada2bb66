<?php
// PHP's SoapClient in every way in which it can be made: see soap_test.go for what is printed and read.
[, $url, $key, $extension, $uniqueid] = $argv;
$address = "$url/servicemanager/services/njadmin-api-recording";
$without = ['location' => $address, 'uri' => 'http://old.example/recording'];
$flavours = [
    'php-wsdl-1.1' => ["$address?wsdl", ['soap_version' => SOAP_1_1]],
    'php-wsdl-1.2' => ["$address?wsdl", ['soap_version' => SOAP_1_2]],
    'php-document-1.1' => ["$address?wsdl=document", ['soap_version' => SOAP_1_1]],
    'php-document-1.2' => ["$address?wsdl=document", ['soap_version' => SOAP_1_2]],
    'php-nowsdl-1.1' => [null, $without + ['soap_version' => SOAP_1_1]],
    'php-nowsdl-1.2' => [null, $without + ['soap_version' => SOAP_1_2]],
];

// call passes arguments by position, but from a document's WSDL PHP makes functions of one array and an answer of one field.
function call(SoapClient $client, string $method, array $parameters): string
{
    if (str_contains(implode($client->__getFunctions() ?? []), 'startResponse start(')) {
        return $client->$method($parameters)->{$method . 'Return'};
    }
    return $client->$method(...array_values($parameters));
}

$common = ['login' => 'php', 'password' => $key, 'cache_wsdl' => WSDL_CACHE_NONE];
foreach ($flavours as $name => [$wsdl, $options]) {
    $clients[$name] = $client = new SoapClient($wsdl, $options + $common);
    try {
        echo "$name\tfault\t" . call($client, 'start', ['extenOrUniqueId' => '999', 'tag' => $name]) . "\n";
    } catch (SoapFault $fault) {
        echo "$name\tfault\t", $fault->getMessage(), "\n";
    }
    echo "$name\tstart\t", call($client, 'start', ['extenOrUniqueId' => $extension, 'tag' => $name]), "\n";
    usleep(100000);
    echo "$name\tstop\t", call($client, 'stop', ['extenOrUniqueId' => $extension]), "\n";
}
try {
    echo "php\tdenied\t" . call(new SoapClient(null, $without + ['login' => 'php', 'password' => 'wrong']), 'stop', [$extension]) . "\n";
} catch (SoapFault $fault) {
    echo "php\tdenied\t", $fault->getMessage(), "\n";
}
echo "\trecorded\t\n";
fgets(STDIN);
foreach ($clients as $name => $client) {
    file_put_contents("$name.retrieve", call($client, 'retrieve', ['tag' => $name, 'username' => 'fred']));
    file_put_contents("$name.retrieveByUniqueId", call($client, 'retrieveByUniqueId', ['uniqueId' => $uniqueid, 'username' => 'fred']));
}
