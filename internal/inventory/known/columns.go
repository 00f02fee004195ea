package known

import "strings"

// field is what a column tells.
type field uint8

const (
	none field = iota
	nameField
	tagField
	serialField
	macField
	ipField
	makerField
	modelField
	roleField
	placeField
	departmentField
	titleField
	systemField
	stateField
)

var fieldNames = [...]string{"", "name", "asset_tag", "serial", "mac", "ip", "manufacturer", "model", "role", "location", "department", "ae_title", "os", "status"}

// names reports the columns by which a machine may be found.
func (f field) names() bool {
	switch f {
	case nameField, serialField, macField, ipField, titleField:
		return true
	}
	return false
}

// many reports the columns of which there may be several.
func (f field) many() bool { return f == macField || f == ipField || f == titleField }

// headings are the names that systems give to columns, without spaces, marks and
// letter case.
var headings = map[string]field{
	"name": nameField, "devicename": nameField, "assetname": nameField, "hostname": nameField, "host": nameField, "computername": nameField,
	"hostnames": nameField, "bezeichnung": nameField, "gerätename": nameField, "nom": nameField, "nombre": nameField,
	"assettag": tagField, "asset": tagField, "assetid": tagField, "assetnumber": tagField, "assetno": tagField, "tag": tagField, "equipmentid": tagField,
	"equipmentnumber": tagField, "inventorynumber": tagField, "inventarnummer": tagField, "controlnumber": tagField, "cenumber": tagField,
	"equipmentcontrolnumber": tagField, "biomednumber": tagField, "assettagnumber": tagField,
	"serial": serialField, "serialnumber": serialField, "serialno": serialField, "serialnum": serialField, "sn": serialField, "seriennummer": serialField,
	"deviceserial": serialField, "numérodesérie": serialField,
	"mac": macField, "macaddress": macField, "macaddresses": macField, "primarymacaddress": macField, "hardwareaddress": macField, "ethernetaddress": macField,
	"physicaladdress": macField, "macadresse": macField, "wiredmacaddress": macField, "wirelessmacaddress": macField,
	"ip": ipField, "ipaddress": ipField, "ipaddresses": ipField, "ipv4": ipField, "ipv6": ipField, "ipv4address": ipField, "ipv6address": ipField,
	"primaryip": ipField, "primaryip4": ipField, "primaryip6": ipField, "primaryipaddress": ipField, "address": ipField, "ipadresse": ipField,
	"primaryipv4": ipField, "primaryipv6": ipField, "ipaddr": ipField,
	"manufacturer": makerField, "vendor": makerField, "maker": makerField, "make": makerField, "oem": makerField, "hersteller": makerField, "fabricant": makerField,
	"model": modelField, "devicetype": modelField, "modelname": modelField, "modelnumber": modelField, "product": modelField, "modell": modelField, "modèle": modelField,
	"role": roleField, "devicerole": roleField, "category": roleField, "assettype": roleField, "type": roleField, "equipmenttype": roleField,
	"devicecategory": roleField, "modality": roleField, "kategorie": roleField,
	"location": placeField, "site": placeField, "room": placeField, "standort": placeField, "raum": placeField, "emplacement": placeField, "building": placeField,
	"department": departmentField, "dept": departmentField, "departmentname": departmentField, "abteilung": departmentField, "owningdepartment": departmentField,
	"service": departmentField, "costcenter": departmentField,
	"aetitle": titleField, "aetitles": titleField, "aet": titleField, "ae": titleField, "dicomaetitle": titleField, "dicomaet": titleField,
	"applicationentitytitle": titleField, "callingaetitle": titleField,
	"os": systemField, "operatingsystem": systemField, "platform": systemField, "osname": systemField, "betriebssystem": systemField,
	"status": stateField, "state": stateField, "assetstatus": stateField, "lifecyclestatus": stateField,
}

// fieldOf is what a column of that heading tells.
func fieldOf(heading string) field {
	var b strings.Builder
	for _, c := range strings.ToLower(heading) {
		if !strings.ContainsRune(" _-./#:()*\"'\t", c) {
			b.WriteRune(c)
		}
	}
	return headings[b.String()]
}
