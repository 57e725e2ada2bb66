# SOAP::Lite in the version that is named first: see soap_test.go for what is printed and read.
use strict;
use warnings;
use SOAP::Lite;

$| = 1;
my ($version, $url, $key, $extension, $uniqueid) = @ARGV;
my $address = "$url/servicemanager/services/njadmin-api-recording";

# Asked for when the service has answered with 401 and the challenge for Basic.
sub SOAP::Transport::HTTP::Client::get_basic_credentials { return perl => $key }

SOAP::Lite->soapversion($version); # for the whole process
my $client = SOAP::Lite->new(proxy => $address, default_ns => 'http://old.example/recording');
$client->on_fault(sub {
	my ($soap, $answer) = @_;
	die "$answer\n" unless ref $answer;
	die +($answer->faultstring // $answer->valueof('//Fault/Reason/Text')) . "\n"; # faultstring is of SOAP 1.1
});
my $name = "lite-$version";

# call binds by name, as SOAP::Lite's users do.
sub call {
	my ($method, %parameters) = @_;
	return $client->call($method, map { SOAP::Data->name($_ => $parameters{$_}) } sort keys %parameters)->result;
}

my $said = eval { call(start => (extenOrUniqueId => '999', tag => $name)) };
print "$name\tfault\t", defined $said ? "none: $said\n" : $@;
print "$name\tstart\t", call(start => (extenOrUniqueId => $extension, tag => $name)), "\n";
select undef, undef, undef, 0.1;
print "$name\tstop\t", call(stop => (extenOrUniqueId => $extension)), "\n";
print "\trecorded\t\n";
<STDIN>;
write_file("$name.retrieve", call(retrieve => (tag => $name, username => 'fred')));
write_file("$name.retrieveByUniqueId", call(retrieveByUniqueId => (uniqueId => $uniqueid, username => 'fred')));

sub write_file {
	my ($name, $text) = @_;
	open my $file, '>', $name or die "$name: $!";
	print {$file} $text;
	close $file or die "$name: $!";
}
