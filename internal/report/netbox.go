package report

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"lazaret/internal/inventory"
)

// The longest texts that NetBox's models take, characters.
const (
	netboxName   = 64 // of a device; names of interfaces are shorter
	netboxModel  = 100
	netboxSerial = 50
	netboxText   = 200
)

// netboxSite is where the imported devices stand until somebody knows better.
const netboxSite = "Imaging network"

// nobody is the manufacturer of what did not say who made it: NetBox wants one.
const nobody = "Unknown"

// netboxDevice is a device under the names that NetBox knows it by.
type netboxDevice struct {
	*inventory.Device
	name, maker, model, role, platform string
}

// writeNetBox writes a zip archive of tables for the bulk import of NetBox 4.2 and
// later, numbered in the order in which they have to be imported, with a note that
// says where. What another table refers to by name stands in an earlier one.
func writeNetBox(w io.Writer, d *Document) error {
	list := netboxDevices(d)
	z := zip.NewWriter(w)
	for _, t := range []struct {
		name string
		rows [][]string
	}{
		{"1-sites.csv", [][]string{{"name", "slug", "status"}, {netboxSite, slug(netboxSite), "active"}}},
		{"2-manufacturers.csv", named(list, func(v *netboxDevice) string { return v.maker })},
		{"3-device-roles.csv", roleRows(list)},
		{"4-platforms.csv", named(list, func(v *netboxDevice) string { return v.platform })},
		{"5-device-types.csv", typeRows(list)},
		{"6-devices.csv", deviceRows(list)},
		{"7-interfaces.csv", interfaceRows(list)},
		{"8-mac-addresses.csv", macRows(list)},
		{"9-ip-addresses.csv", ipRows(list)},
	} {
		f, err := z.Create(t.name)
		if err != nil {
			return err
		}
		if err := WriteTable(f, t.rows); err != nil {
			return err
		}
	}
	f, err := z.Create("README.txt")
	if err != nil {
		return err
	}
	if _, err := io.WriteString(f, netboxNote); err != nil {
		return err
	}
	return z.Close()
}

const netboxNote = `Import these tables into NetBox 4.2 or later, in the order of their numbers: open
the list of the objects (Organization > Sites, Devices > Manufacturers, Device Roles, Platforms,
Device Types, Devices, Interfaces, MAC Addresses, IPAM > IP Addresses), press Import, and upload the
table. Leave out rows that NetBox has already.

Everything stands at one site; the addresses carry no prefix length, because traffic does not tell it.
`

func netboxDevices(d *Document) []netboxDevice {
	out := make([]netboxDevice, 0, len(d.Devices))
	taken := map[string]bool{}
	for i := range d.Devices {
		v := &d.Devices[i]
		n := netboxDevice{Device: v, maker: cut(v.Manufacturer, netboxModel), role: Label(string(v.Role)), platform: cut(v.OS, netboxModel)}
		if n.maker == "" {
			n.maker = nobody
		}
		if n.model = cut(v.Model, netboxModel); n.model == "" {
			n.model = n.role
		}
		base := cut(title(v), netboxName)
		n.name = base
		for k := 2; taken[strings.ToLower(n.name)]; k++ {
			tail := fmt.Sprintf(" (%d)", k)
			n.name = cut(base, netboxName-len(tail)) + tail
		}
		taken[strings.ToLower(n.name)] = true
		out = append(out, n)
	}
	return out
}

// named lists the different values of one text, with their slugs.
func named(list []netboxDevice, of func(*netboxDevice) string) [][]string {
	rows := [][]string{{"name", "slug"}}
	for _, s := range distinct(list, of) {
		rows = append(rows, []string{s, slug(s)})
	}
	return uniqueSlugs(rows, 1)
}

func distinct(list []netboxDevice, of func(*netboxDevice) string) []string {
	var out []string
	for i := range list {
		if s := of(&list[i]); s != "" {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// roleColours tells the kinds of roles apart in NetBox's lists.
func roleColour(r inventory.Role) string {
	if r.Modality() {
		return "0f5c6e"
	}
	return "9e9e9e"
}

func roleRows(list []netboxDevice) [][]string {
	rows := [][]string{{"name", "slug", "color", "vm_role"}}
	for _, s := range distinct(list, func(v *netboxDevice) string { return v.role }) {
		i := slices.IndexFunc(list, func(v netboxDevice) bool { return v.role == s })
		rows = append(rows, []string{s, slug(s), roleColour(list[i].Role), "false"})
	}
	return uniqueSlugs(rows, 1)
}

func typeRows(list []netboxDevice) [][]string {
	rows := [][]string{{"manufacturer", "model", "slug", "u_height"}}
	var pairs [][2]string
	for i := range list {
		pairs = append(pairs, [2]string{list[i].maker, list[i].model})
	}
	slices.SortFunc(pairs, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	for _, p := range slices.Compact(pairs) {
		rows = append(rows, []string{p[0], p[1], slug(p[0] + " " + p[1]), "0"})
	}
	return uniqueSlugs(rows, 2)
}

func deviceRows(list []netboxDevice) [][]string {
	rows := [][]string{{"name", "role", "manufacturer", "device_type", "platform", "serial", "status", "site", "description", "comments"}}
	for i := range list {
		v := &list[i]
		rows = append(rows, []string{v.name, v.role, v.maker, v.model, v.platform, cut(v.Serial, netboxSerial), "active", netboxSite,
			cut(about(v.Device), netboxText), comments(v.Device)})
	}
	return rows
}

// about is a device in one line.
func about(v *inventory.Device) string {
	var out []string
	for _, s := range []string{v.SubRole, joined(v.Institution, v.Department, v.Location)} {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, ", ")
}

// comments are what NetBox has no field for.
func comments(v *inventory.Device) string {
	var out []string
	add := func(name, value string) {
		if value != "" {
			out = append(out, name+": "+value)
		}
	}
	add("AE titles", list(v.AETitles))
	add("HL7 applications", list(v.Applications))
	add("Software", v.Software)
	add("Products", list(v.Products))
	add("Support of the system ends", v.Ends)
	if v.Risk.Score > 0 {
		add("Risk", fmt.Sprintf("%d of 100 (%s)", v.Risk.Score, risks(v)))
	}
	add("Confidence of the role", decimal(v.Confidence))
	add("Last seen", v.LastSeen)
	return strings.Join(out, "\n")
}

// ports are the interfaces of a device: one for each hardware address, or one if
// none is known.
func ports(v *netboxDevice) []string {
	out := make([]string, 0, max(1, len(v.MACs)))
	for i := range max(1, len(v.MACs)) {
		out = append(out, fmt.Sprintf("net%d", i))
	}
	return out
}

func interfaceRows(list []netboxDevice) [][]string {
	rows := [][]string{{"device", "name", "type"}}
	for i := range list {
		for _, p := range ports(&list[i]) {
			rows = append(rows, []string{list[i].name, p, "other"})
		}
	}
	return rows
}

func macRows(list []netboxDevice) [][]string {
	rows := [][]string{{"mac_address", "device", "interface", "is_primary"}}
	for i := range list {
		for k, p := range ports(&list[i]) {
			if k < len(list[i].MACs) {
				rows = append(rows, []string{list[i].MACs[k], list[i].name, p, "true"})
			}
		}
	}
	return rows
}

// ipRows lists addresses with the length of a single host. A false in is_primary
// takes the primary address away again, so the primary ones come last.
func ipRows(list []netboxDevice) [][]string {
	rows := [][]string{{"address", "status", "device", "interface", "is_primary", "dns_name"}}
	var primary [][]string
	for i := range list {
		v := &list[i]
		seen := map[bool]bool{}
		for _, s := range v.IPs {
			ip, err := netip.ParseAddr(s)
			if err != nil || !ip.IsValid() {
				continue
			}
			row := []string{netip.PrefixFrom(ip, ip.BitLen()).String(), "active", v.name, "net0", "false", dnsName(v.Names)}
			if first := !seen[ip.Is4()] && !ip.IsLinkLocalUnicast(); first {
				seen[ip.Is4()] = true
				row[4] = "true"
				primary = append(primary, row)
				continue
			}
			rows = append(rows, row)
		}
	}
	return append(rows, primary...)
}

// dnsName is the first name that NetBox takes for one.
func dnsName(names []string) string {
	for _, n := range names {
		ok := strings.Trim(strings.ToLower(n), "abcdefghijklmnopqrstuvwxyz0123456789-_.") == "" && strings.Contains(n, ".")
		if ok && !strings.Contains(n, "..") && !strings.HasPrefix(n, ".") && len(n) <= 255 {
			return strings.ToLower(n)
		}
	}
	return ""
}

// slug is a name as part of an address: small letters, digits and dashes.
func slug(s string) string {
	var b bytes.Buffer
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && b.Bytes()[b.Len()-1] != '-':
			b.WriteByte('-')
		}
	}
	out := strings.Trim(b.String(), "-")
	if out == "" {
		return "unnamed"
	}
	return out[:min(len(out), netboxModel)]
}

// uniqueSlugs numbers slugs in column k that came out equal.
func uniqueSlugs(rows [][]string, k int) [][]string {
	seen := map[string]int{}
	for _, r := range rows[1:] {
		s := r[k]
		if seen[s]++; seen[s] > 1 {
			r[k] = fmt.Sprintf("%s-%d", s[:min(len(s), netboxModel-5)], seen[s])
		}
	}
	return rows
}

// cut shortens text to n characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}
