"""Where things are, from printed tags (AprilTag, ArUco) that cameras see.

``file`` reads which tags are on which thing and where the cameras are. ``detect`` finds tags in a
picture, their corners by ``edges``; ``sight`` does so for one camera of a robot. ``locate`` makes
one pose of a thing of all views of its tags, and ``tracker`` keeps them up to date. ``hand_eye``
finds out where a camera is.
"""
