package conformance

// labRows explains where tshark and we differ on the captures of the lab.
var labRows = []row{}

// tsharkKnown explains where tshark and we differ on the shared captures.
var tsharkKnown = []row{}
