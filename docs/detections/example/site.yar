rule installer_of_the_viewer
{
    meta:
        description = "The installer that the viewer's maker ships"
    strings:
        $name = "ViewerSetup 4.2" wide ascii
    condition:
        uint16(0) == 0x5A4D and $name
}
