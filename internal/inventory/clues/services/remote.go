package services

import (
	"slices"
	"strings"

	"lazaret/internal/event"
	"lazaret/internal/inventory/clues"
	"lazaret/internal/proto/ftp"
	"lazaret/internal/proto/rfb"
	"lazaret/internal/proto/smtp"
	"lazaret/internal/proto/telnet"
	"lazaret/internal/proto/tftp"
)

const (
	wScreen = 0.5 // the name of a screen, often the host's
	wPrompt = 0.5 // the word before "login:", often the host's name
	wHelo   = 0.5 // the name a mail client gives itself
	wMailer = 0.7 // who greets as a mail server is one
)

// sides are client and server of a conversation, which the server opened where it
// is reversed.
func sides(c *event.Conn, reversed bool) (client, server clues.Party) {
	client, server = clues.Parties(c)
	if reversed {
		return server, client
	}
	return client, server
}

// readFTP takes what a server greets with and lets in.
func readFTP(s *ftp.Session, r *event.Record, o *clues.Out) {
	client, server := sides(r.Conn, s.Reversed)
	if s.Commands > 0 {
		o.Heard = append(o.Heard, client)
	}
	if s.Banner == "" {
		return
	}
	o.Heard = append(o.Heard, server)
	ownName(o, server, s.Banner, "ftp_session.banner", wOwnHost)
	greeting(o, server, s.Banner, "ftp_session.banner")
	if strings.Contains(s.System, "Windows_NT") {
		o.Runs(server, clues.Windows, "", "ftp_session.system", wGreetOS)
	}
	if s.Login == "granted" && s.Anonymous {
		o.Has(server, clues.AnonymousFTP, client, "ftp_session.anonymous")
	}
	if s.ClearPass && slices.ContainsFunc(s.Users, func(u string) bool { return !guest(u) }) {
		o.Has(server, clues.ClearFTP, client, "ftp_session.clear_password")
	}
}

// guest tells the names under which everybody is let in.
func guest(user string) bool {
	switch strings.ToLower(user) {
	case "anonymous", "ftp", "guest":
		return true
	}
	return false
}

// readTFTP takes that a server gives or takes files.
func readTFTP(t *tftp.Record, r *event.Record, o *clues.Out) {
	client, server := clues.Parties(r.Conn)
	o.Heard = append(o.Heard, client)
	if !t.Answered {
		return
	}
	o.Heard = append(o.Heard, server)
	if t.Complete || t.Bytes > 0 || t.BlockSize.OK {
		o.Has(server, clues.OffersTFTP, client, "tftp.complete")
	}
}

// readTelnet takes the greeting before a login and the name in its prompt.
func readTelnet(t *telnet.Record, r *event.Record, o *clues.Out) {
	client, server := sides(r.Conn, t.Reversed)
	if len(t.Client) > 0 {
		o.Heard = append(o.Heard, client)
	}
	if len(t.Server) == 0 {
		return
	}
	o.Heard = append(o.Heard, server)
	o.Has(server, clues.OffersTelnet, client, "telnet.server_options")
	greeting(o, server, t.Banner, "telnet.banner")
	name, found := strings.CutSuffix(strings.ToLower(t.Prompt), " login:")
	switch name {
	case "ubuntu", "debian", "please", "user", "enter", "vxworks", "localhost", "system", "telnet", "cli":
	default:
		if found && name == hostName(name) {
			o.Say(server, clues.Name, t.Prompt[:len(name)], "telnet.prompt", wPrompt)
		}
	}
}

// readRFB takes how a screen is guarded, and its name where that is the host's.
func readRFB(v *rfb.Record, r *event.Record, o *clues.Out) {
	if v.ServerMajor == "" {
		return
	}
	client, server := sides(r.Conn, v.Reversed)
	o.Heard = append(o.Heard, server)
	if v.ClientMajor != "" {
		o.Heard = append(o.Heard, client)
	}
	switch v.Method {
	case "None", "VNC", "Tight", "Ultra", "MD5 hash authentication", "Apple Remote Desktop":
		o.Has(server, clues.ClearVNC, client, "rfb.authentication_method")
	}
	if v.Method == "None" && v.Auth.V {
		o.Has(server, clues.OpenVNC, client, "rfb.authentication_method")
	}
	if v.Method == "Apple Remote Desktop" {
		o.Runs(server, clues.MacOS, "", "rfb.authentication_method", wGreetOS)
	}
	screenName(o, server, v.Desktop)
}

// screenName reads the name of a screen: "user's X desktop (host:1)", "user@host",
// the host's name alone, or a description. Users are not named.
func screenName(o *clues.Out, who clues.Party, name string) {
	if _, rest, ok := strings.Cut(name, "X desktop ("); ok {
		name, _, _ = strings.Cut(rest, ":")
	} else if _, host, ok := strings.Cut(name, "@"); ok {
		name, _, _ = strings.Cut(host, " ")
	} else if first, rest, ok := strings.Cut(name, " ( "); ok && strings.HasSuffix(rest, "mode )") {
		name = first // "host ( 192.0.2.1 ) - service mode"
	}
	switch host := hostName(name); {
	case strings.HasPrefix(host, "localhost"):
	case host != "":
		o.Say(who, clues.Name, name, "rfb.desktop_name", wScreen)
	case !strings.ContainsAny(name, "()") && clues.Impersonal(name):
		o.Say(who, clues.Description, name, "rfb.desktop_name", wScreen)
	}
}

// readSMTP takes the names both sides give themselves, and the server's greeting.
func readSMTP(m *smtp.Message, r *event.Record, o *clues.Out) {
	client, server := sides(r.Conn, m.Reversed)
	if m.Helo != "" {
		o.Heard = append(o.Heard, client)
		ownName(o, client, m.Helo, "smtp.helo", wHelo)
	}
	if m.Banner == "" {
		return
	}
	o.Heard = append(o.Heard, server)
	o.Kind(server, clues.KindMailServer, "smtp.banner", wMailer)
	ownName(o, server, m.Banner, "smtp.banner", wOwnHost)
	ownName(o, server, m.Server, "smtp.server_name", wOwnHost)
	greeting(o, server, m.Banner, "smtp.banner")
	if m.AuthDone == "granted" && (m.Auth == "PLAIN" || m.Auth == "LOGIN") {
		o.Has(server, clues.ClearSMTP, client, "smtp.auth")
	}
}
