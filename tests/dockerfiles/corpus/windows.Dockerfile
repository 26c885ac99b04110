# escape=`
FROM mcr.microsoft.com/windows/servercore:ltsc2022
SHELL ["powershell", "-Command", "$ErrorActionPreference = 'Stop';"]
RUN Invoke-WebRequest https://www.python.org/ftp/python/3.11.0/python.exe -OutFile C:\python.exe ; `
    Start-Process C:\python.exe -Wait
COPY app\ C:\app\
WORKDIR C:\app
CMD ["python", "C:\\app\\serve.py"]
