# `perl plant.pl FILE OLD NEW` puts NEW in the place of OLD, which has to be in the file exactly once. White space does not count
# but where it parts two words, so that it does not matter how lines are broken.
use strict;
use warnings;

my ($file, $old, $new) = @ARGV;
open my $in, '<', $file or die "$file: $!\n";
my $text = do { local $/; <$in> };
close $in;

my $pattern = '';
my $word = 0;
for ($old =~ /\w+|[^\w\s]/g) {
    $pattern .= $word && /^\w/ ? '\s+' : '\s*' if $pattern ne '';
    $pattern .= quotemeta;
    $word = /\w$/;
}
my $count = () = $text =~ /$pattern/g;
die "not once but $count times in $file:\n$old\n" if $count != 1;
$text =~ s/$pattern/$new/;

open my $out, '>', $file or die "$file: $!\n";
print $out $text;
close $out or die "$file: $!\n";
