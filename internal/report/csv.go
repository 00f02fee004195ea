package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"lazaret/internal/inventory"
)

// column is one column of a table of devices.
type column struct {
	name string
	cell func(v *inventory.Device) string
}

// assetColumns are what asset systems ask for, in the order in which their forms
// do. Lists are joined with "; ".
var assetColumns = []column{
	{"id", func(v *inventory.Device) string { return v.ID }},
	{"asset_tag", func(v *inventory.Device) string { return v.AssetTag }},
	{"name", title},
	{"role", func(v *inventory.Device) string { return string(v.Role) }},
	{"sub_role", func(v *inventory.Device) string { return v.SubRole }},
	{"confidence", func(v *inventory.Device) string { return decimal(v.Confidence) }},
	{"manufacturer", func(v *inventory.Device) string { return v.Manufacturer }},
	{"model", func(v *inventory.Device) string { return v.Model }},
	{"serial_number", func(v *inventory.Device) string { return v.Serial }},
	{"software_version", func(v *inventory.Device) string { return v.Software }},
	{"operating_system", func(v *inventory.Device) string { return v.OS }},
	{"os_family", func(v *inventory.Device) string { return v.Family }},
	{"os_version", func(v *inventory.Device) string { return v.Version }},
	{"os_support_ends", func(v *inventory.Device) string { return v.Ends }},
	{"os_supported", func(v *inventory.Device) string { return v.Supported }},
	{"ip_address", func(v *inventory.Device) string { return list(v.IPs) }},
	{"mac_address", func(v *inventory.Device) string { return list(v.MACs) }},
	{"host_names", func(v *inventory.Device) string { return list(v.Names) }},
	{"domain", func(v *inventory.Device) string { return v.Domain }},
	{"ae_titles", func(v *inventory.Device) string { return list(v.AETitles) }},
	{"hl7_applications", func(v *inventory.Device) string { return list(v.Applications) }},
	{"institution", func(v *inventory.Device) string { return v.Institution }},
	{"department", func(v *inventory.Device) string { return v.Department }},
	{"location", func(v *inventory.Device) string { return v.Location }},
	{"switch_port", func(v *inventory.Device) string { return v.SwitchPort }},
	{"products", func(v *inventory.Device) string { return list(v.Products) }},
	{"risk_score", func(v *inventory.Device) string { return strconv.Itoa(v.Risk.Score) }},
	{"risks", risks},
	{"exams", func(v *inventory.Device) string {
		return exams(v, func(u *inventory.Use) string { return strconv.Itoa(u.Exams) })
	}},
	{"exams_per_day", func(v *inventory.Device) string {
		return exams(v, func(u *inventory.Use) string { return decimal(u.PerDay) })
	}},
	{"first_seen", func(v *inventory.Device) string { return v.FirstSeen }},
	{"last_seen", func(v *inventory.Device) string { return v.LastSeen }},
	{"contradicted", func(v *inventory.Device) string { return list(v.Contradicted) }},
}

// writeCSV writes one row per device (RFC 4180).
func writeCSV(w io.Writer, d *Document) error {
	rows := make([][]string, 0, len(d.Devices)+1)
	head := make([]string, len(assetColumns))
	for i, c := range assetColumns {
		head[i] = c.name
	}
	rows = append(rows, head)
	for i := range d.Devices {
		row := make([]string, len(assetColumns))
		for k, c := range assetColumns {
			row[k] = c.cell(&d.Devices[i])
		}
		rows = append(rows, row)
	}
	return WriteTable(w, rows)
}

// WriteTable writes rows of which every cell is fit for a spreadsheet (RFC 4180). It
// changes the cells that are not.
func WriteTable(w io.Writer, rows [][]string) error {
	c := csv.NewWriter(w)
	for _, row := range rows {
		for i := range row {
			row[i] = plain(row[i])
		}
		if err := c.Write(row); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// plain keeps a spreadsheet from taking a cell for a formula: whoever can name a
// machine on the network could otherwise run code where the table is opened.
// Numbers, which may begin with a sign, are left alone.
func plain(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}

func list(v []string) string { return strings.Join(v, "; ") }

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func exams(v *inventory.Device, say func(*inventory.Use) string) string {
	if v.Use == nil {
		return ""
	}
	return say(v.Use)
}

func risks(v *inventory.Device) string {
	var out []string
	for _, p := range v.Risk.Parts {
		out = append(out, string(p.Trait))
	}
	return list(out)
}

// title is what a device is called: the name it uses most, in the order in which
// people would ask for it.
func title(v *inventory.Device) string {
	for _, names := range [][]string{v.Names, v.AETitles, v.IPs, v.MACs} {
		if len(names) > 0 {
			return names[0]
		}
	}
	return v.ID
}
