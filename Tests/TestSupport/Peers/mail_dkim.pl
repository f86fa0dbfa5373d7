# Mail::DKIM as a peer: reads jobs from standard input, one a line, and answers each with one line. The jobs are those
# of dkimpy.py, and so is SIGNET_DNS.
use strict;
use warnings;
use Mail::DKIM 0.4;
use Mail::DKIM::ARC::Signer;
use Mail::DKIM::ARC::Verifier;
use Mail::DKIM::DNS;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Net::DNS::Resolver;

if (@ARGV && $ARGV[0] eq '--version') {
    print "Mail::DKIM $Mail::DKIM::VERSION\n";
    exit;
}
my ($host, $port) = $ENV{SIGNET_DNS} =~ /^(.*):(\d+)$/ or die 'SIGNET_DNS';
Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(nameservers => [$host], port => $port, recurse => 1));

sub octets {
    my ($path) = @_;
    open my $file, '<:raw', $path or die "$path: $!";
    local $/;
    return scalar <$file>;
}

sub feed {
    my ($object, $path) = @_;
    $object->PRINT(octets($path));
    $object->CLOSE;
    return $object;
}

sub put {
    my ($out, @parts) = @_;
    open my $file, '>:raw', $out or die "$out: $!";
    print $file @parts;
    close $file or die "$out: $!";
    return 'ok';
}

# In wire form: Mail::DKIM writes folds as bare line feeds when asked for a string.
sub field {
    my ($text) = @_;
    $text =~ s/\r?\n/\r\n/g;
    return $text =~ /\r\n\z/ ? $text : "$text\r\n";
}

sub private_key {
    my ($pem) = @_;
    return Mail::DKIM::PrivateKey->load(File => $pem);
}

my %jobs = (
    'dkim-verify' => sub {
        my ($path) = @_;
        my $verifier = feed(Mail::DKIM::Verifier->new, $path);
        my @words = map { my $word = $_->result || 'none'; $word eq 'pass' ? $word : $word . ':' . ($_->result_detail // '') }
            $verifier->signatures;
        return @words ? join(',', @words) : 'none';
    },
    'dkim-sign' => sub {
        my ($path, $out, $pem, $domain, $selector, $algorithm, $canonicalization) = @_;
        my $signer = Mail::DKIM::Signer->new(
            Algorithm => $algorithm, Method => $canonicalization, Domain => $domain, Selector => $selector,
            Key => private_key($pem));
        feed($signer, $path);
        my $text = $signer->signature->as_string;
        return put($out, field($text), octets($path));
    },
    'arc-verify' => sub {
        my ($path) = @_;
        my $verifier = feed(Mail::DKIM::ARC::Verifier->new, $path);
        my $word = $verifier->result;
        return $word eq 'pass' ? $word : $verifier->result_detail;
    },
    'arc-seal' => sub {
        my ($path, $out, $pem, $domain, $selector, $server) = @_;
        # "ar" takes the chain's state from the message's own Authentication-Results.
        my $chain = feed(Mail::DKIM::ARC::Verifier->new, $path)->result;
        my $signer = Mail::DKIM::ARC::Signer->new(
            Algorithm => 'rsa-sha256', Chain => $chain, Domain => $domain, SrvId => $server, Selector => $selector,
            Key => private_key($pem));
        feed($signer, $path);
        die $signer->result . ': ' . ($signer->{details} // '') . "\n" unless $signer->result eq 'sealed';
        return put($out, (map { field($_) } $signer->as_strings), octets($path));
    },
);

$| = 1;
while (my $line = <STDIN>) {
    chomp $line;
    my ($name, @arguments) = split /\t/, $line;
    my $answer = eval { $jobs{$name}->(@arguments) };
    $answer = "error:$@" unless defined $answer;
    $answer =~ s/[\r\n]+/ /g;
    print "$answer\n";
}
