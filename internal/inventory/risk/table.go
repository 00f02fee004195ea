package risk

import (
	"slices"

	"lazaret/internal/inventory/clues"
)

// Cost is what one trait costs, and what is said of it.
type Cost struct {
	Trait  clues.Trait
	Points int    // before weighing, 1..40
	Why    string // one sentence: what it lets happen
	Mend   string // one sentence: what to do
}

// Table lists what every trait costs, most points first. The copy is the
// caller's.
func Table() []Cost { return slices.Clone(table) }

// cost finds the row of a trait.
func cost(t clues.Trait) (Cost, int) {
	i := slices.IndexFunc(table, func(c Cost) bool { return c.Trait == t })
	if i < 0 {
		return Cost{Trait: t}, len(table)
	}
	return table[i], i
}

// The points, in words: 30 and more lets a stranger in or makes known attacks
// work as they are; 15 to 25 gives away a password or an identity, or needs one
// more step; 5 to 12 lets others read along or helps them on; below that, it is
// good order.
var table = []Cost{
	{clues.OpenVNC, 35, "Whoever reaches it sees its screen and moves its mouse without a password.", "Set a password, or turn the VNC server off."},
	{clues.OpenDatabase, 35, "Whoever reaches it reads and changes its database without a login.", "Demand a login, and listen only to the machines that need it."},
	{clues.AnswersOut, 35, "Machines on the internet reach a service of it.", "Close the way in at the firewall, or put a gateway in between."},
	{clues.OldSystem, 30, "It gets no security updates, so weaknesses that everybody knows stay open.", "Ask the maker for an upgrade; until then, let only its partners reach it."},
	{clues.OffersSMB1, 30, "Worms spread over SMB1 without any password.", "Turn SMB1 off, or let only the machines that need it reach it."},
	{clues.OffersTelnet, 25, "Telnet shows passwords to whoever listens.", "Turn Telnet off, and use SSH."},
	{clues.GuestSMB, 25, "Anyone reads its shared folders without an account.", "Turn guest access off."},
	{clues.RDPWithoutNLA, 20, "Its remote desktop lets strangers talk to it before they log in.", "Demand network level authentication."},
	{clues.AnonymousFTP, 20, "Anyone fetches or leaves files on it by FTP.", "Turn anonymous FTP off."},
	{clues.DefaultSNMP, 20, "It tells its inner life to whoever tries the word that everybody tries, and may take orders.", "Change the community, or use SNMP v3."},
	{clues.ClearVNC, 15, "Its screen crosses the network where all can see it.", "Tunnel VNC, or use a remote desktop with encryption."},
	{clues.AnyTitle, 15, "Any machine may store or fetch images without being known to it.", "Let it accept only known AE titles and addresses."},
	{clues.SharedTitle, 15, "Two machines go by one name: images and orders may reach the wrong one, or one is an impostor.", "Find both machines and give one of them another title."},
	{clues.ClearLDAP, 15, "Passwords of the directory cross the network where all can read them.", "Demand TLS for logins to the directory."},
	{clues.ClearDatabase, 15, "The password of its database crosses the network where all can read it.", "Turn TLS on for the database."},
	{clues.UsesNTLMv1, 15, "Its logins can be turned back into the password within hours.", "Set the machine to send NTLMv2 only."},
	{clues.UsesSMB1, 15, "It speaks only SMB1, so a server must keep the door for worms open for it.", "Ask the maker for an update that speaks SMB2 or later."},
	{clues.OldSSH, 15, "SSH 1 can be read and changed on the way.", "Turn protocol version 1 off."},
	{clues.RemoteControl, 12, "Somebody may take over a machine that examines patients from elsewhere.", "Allow remote access only from the maintenance gateway."},
	{clues.TalksOut, 12, "It speaks with machines on the internet, a way for data to leave and for orders to come in.", "Allow only the addresses that the maker names."},
	{clues.ClearFTP, 12, "Passwords for FTP cross the network where all can read them.", "Use SFTP or FTP over TLS."},
	{clues.OffersTFTP, 12, "Anyone fetches or leaves files on it by TFTP, which knows no passwords.", "Turn TFTP off when no machine boots from it."},
	{clues.ClearHTTP, 12, "Passwords for its web pages cross the network where all can read them.", "Turn HTTPS on."},
	{clues.ClearDICOMweb, 10, "Images cross the network where all can read them.", "Serve DICOMweb over HTTPS."},
	{clues.ClearFHIR, 10, "Patient records cross the network where all can read them.", "Serve FHIR over HTTPS."},
	{clues.WeakCipher, 10, "Some of its encrypted connections can be read.", "Turn the old ciphers off."},
	{clues.PerhapsOld, 10, "It gets no security updates unless it runs a long-term edition, which the network does not show.", "Look up its edition, and ask the maker for an upgrade if it has none."},
	{clues.NoSigning, 8, "Somebody in between can act in the name of those who log in to its folders.", "Demand SMB signing."},
	{clues.AnswersAmplifying, 8, "Strangers use its answers to flood others.", "Turn the service off towards other networks."},
	{clues.OldTLS, 6, "It accepts versions of TLS with known weaknesses.", "Allow TLS 1.2 and later only."},
	{clues.ClearDICOM, 5, "Images and patient data cross the network where all can read and change them.", "Use DICOM over TLS, or keep it in a network of its own."},
	{clues.ClearHL7, 5, "Orders and patient data cross the network where all can read and change them.", "Use HL7 over TLS, or keep it in a network of its own."},
	{clues.ExpiredCert, 5, "Its certificate has run out, so people learn to click warnings away.", "Renew the certificate."},
	{clues.WeakCertKey, 5, "Its certificate can be forged with effort.", "Make a new key of 2048 bits or more."},
	{clues.ClearSMTP, 5, "Passwords for mail cross the network where all can read them.", "Demand TLS for logins."},
	{clues.OldSNMP, 5, "SNMP v1 and v2c show their community to whoever listens.", "Use SNMP v3."},
	{clues.WeakSSH, 4, "It offers only SSH algorithms with known weaknesses of some kind.", "Update the SSH server, or its settings."},
	{clues.SelfSigned, 3, "Nobody vouches for its certificate, so an impostor's looks the same.", "Give it a certificate of the hospital's authority."},
	{clues.AnswersMulticast, 3, "It trusts names that any neighbour may claim.", "Turn LLMNR and NetBIOS names off."},
}
