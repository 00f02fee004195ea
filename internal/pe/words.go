package pe

import "strconv"

// machineName is Zeek's word for a machine type (section 3.3.1).
func machineName(m uint16) string {
	switch m {
	case 0:
		return "UNKNOWN"
	case 0x14c:
		return "I386"
	case 0x8664:
		return "AMD64"
	case 0x1c0:
		return "ARM"
	case 0x1c4:
		return "ARMNT"
	case 0xaa64:
		return "ARM64"
	case 0x200:
		return "IA64"
	case 0xebc:
		return "EBC"
	case 0x1d3:
		return "AM33"
	case 0x9041:
		return "M32R"
	case 0x266:
		return "MIPS16"
	case 0x366:
		return "MIPSFPU"
	case 0x466:
		return "MIPSFPU16"
	case 0x1f0:
		return "POWERPC"
	case 0x1f1:
		return "POWERPCFP"
	case 0x166:
		return "R4000"
	case 0x1a2:
		return "SH3"
	case 0x1a3:
		return "SH3DSP"
	case 0x1a6:
		return "SH4"
	case 0x1a8:
		return "SH5"
	case 0x1c2:
		return "THUMB"
	case 0x169:
		return "WCEMIPSV2"
	}
	return "unknown-" + strconv.Itoa(int(m))
}

// subsystemName is Zeek's word for a subsystem (section 3.4.2).
func subsystemName(s uint16) string {
	switch s {
	case 0:
		return "UNKNOWN"
	case 1:
		return "NATIVE"
	case 2:
		return "WINDOWS_GUI"
	case 3:
		return "WINDOWS_CUI"
	case 7:
		return "POSIX_CUI"
	case 9:
		return "WINDOWS_CE_GUI"
	case 10:
		return "EFI_APPLICATION"
	case 11:
		return "EFI_BOOT_SERVICE_DRIVER"
	case 12:
		return "EFI_RUNTIME_DRIVER"
	case 13:
		return "EFI_ROM"
	case 14:
		return "XBOX"
	}
	return "unknown-" + strconv.Itoa(int(s))
}

// osName is Zeek's word for the least version of the operating system.
func osName(major, minor uint16) string {
	switch [2]uint16{major, minor} {
	case [2]uint16{10, 0}:
		return "Windows 10"
	case [2]uint16{6, 4}:
		return "Windows 10 Technical Preview"
	case [2]uint16{6, 3}:
		return "Windows 8.1 or Server 2012 R2"
	case [2]uint16{6, 2}:
		return "Windows 8 or Server 2012"
	case [2]uint16{6, 1}:
		return "Windows 7 or Server 2008 R2"
	case [2]uint16{6, 0}:
		return "Windows Vista or Server 2008"
	case [2]uint16{5, 2}:
		return "Windows XP x64 or Server 2003"
	case [2]uint16{5, 1}:
		return "Windows XP"
	case [2]uint16{5, 0}:
		return "Windows 2000"
	}
	if name := oldName(major, minor); name != "" {
		return name
	}
	return "unknown-" + strconv.Itoa(int(major)) + "." + strconv.Itoa(int(minor))
}

// oldName is osName for what came before Windows 2000.
func oldName(major, minor uint16) string {
	switch [2]uint16{major, minor} {
	case [2]uint16{4, 90}:
		return "Windows Me"
	case [2]uint16{4, 10}:
		return "Windows 98"
	case [2]uint16{4, 0}:
		return "Windows 95 or NT 4.0"
	case [2]uint16{3, 51}:
		return "Windows NT 3.51"
	case [2]uint16{3, 50}:
		return "Windows NT 3.5"
	case [2]uint16{3, 2}:
		return "Windows 3.2"
	case [2]uint16{3, 11}:
		return "Windows for Workgroups 3.11"
	case [2]uint16{3, 10}:
		return "Windows 3.1 or NT 3.1"
	case [2]uint16{3, 0}:
		return "Windows 3.0"
	case [2]uint16{2, 11}:
		return "Windows 2.11"
	case [2]uint16{2, 10}:
		return "Windows 2.10"
	case [2]uint16{2, 0}:
		return "Windows 2.0"
	case [2]uint16{1, 4}:
		return "Windows 1.04"
	case [2]uint16{1, 3}:
		return "Windows 1.03"
	case [2]uint16{1, 1}:
		return "Windows 1.01"
	case [2]uint16{1, 0}:
		return "Windows 1.0"
	}
	return ""
}
